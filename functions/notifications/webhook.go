package notifications

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/sealing"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/timestamp"
)

// Errors for clients, about webhooks.
var (
	ErrInvalidURL       = apierror.New(http.StatusBadRequest, "Invalid url.")
	ErrNotConfirmed     = apierror.New(http.StatusForbidden, "Email not confirmed.")
	ErrInvalidEvents    = apierror.New(http.StatusBadRequest, "Invalid events.")
	ErrWebhookNotFound  = apierror.New(http.StatusNotFound, "Webhook not found.")
	ErrTooManyWebhooks  = apierror.New(http.StatusTooManyRequests, "Too many webhooks.")
	ErrTooManyResends   = apierror.New(http.StatusTooManyRequests, "Too many messages sent again.")
	ErrDeliveryNotFound = apierror.New(http.StatusNotFound, "Delivery not found.")
)

const (
	mostWebhooks = 10   // of one user
	longestURL   = 2000 // bytes
)

// WebhookSettings are for the functions that call users' programs.
type WebhookSettings struct {
	Sender
	WebhookSecrets  session.Secrets `env:"WEBHOOK_KEY" required:"true" secret:"true" example:"wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww"` // what the secrets of webhooks are encrypted by: at least 32 bytes; or several, with white space between them: the first encrypts, all decrypt. Never take one away that webhooks still need
	WebhookAnywhere bool            `env:"WEBHOOKS_ANYWHERE" envDefault:"false" reaches:"internet"`                              // true: webhooks may be without TLS, on any port and at private addresses. For a system on one's own machine
}

// Keys returns the keys that the settings describe. Errors: none that a secret could cause.
func (s WebhookSettings) Keys() (sealing.Keys, error) {
	return sealing.New(s.WebhookSecrets, "ticketing: webhooks")
}

// What programs are told of: of the user's own tickets and orders.
const (
	ticketCreated  = "ticket.created"
	ticketUpdated  = "ticket.updated"
	ticketSold     = "ticket.sold"
	orderCreated   = "order.created"
	orderUpdated   = "order.updated"
	orderPaid      = "order.paid"
	orderCancelled = "order.cancelled"
	orderRefunded  = "order.refunded"
)

var webhookEvents = []string{ticketCreated, ticketUpdated, ticketSold, orderCreated, orderUpdated, orderPaid, orderCancelled, orderRefunded}

// Webhook is where a user's program is told of what happens.
type Webhook struct {
	ID           int32           `json:"id"`
	URL          string          `json:"url" example:"https://shop.example.com/tickets"`
	Events       []string        `json:"events" example:"[\"ticket.sold\"]"`
	Enabled      bool            `json:"enabled"`                // false: it is told nothing; so is one that has failed for days
	FailingSince *timestamp.Time `json:"failingSince,omitempty"` // missing: the last call succeeded, or there was none
	CreatedAt    timestamp.Time  `json:"createdAt"`
}

const webhookColumns = `id, url, events, enabled, failing_since, created_at`

func (n *Notifications) isAllowedURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && len(text) <= longestURL && u.Hostname() != "" && u.User == nil && u.Fragment == "" && u.Opaque == "" &&
		(u.Scheme == "https" && (u.Port() == "" || u.Port() == "443") || n.webhooks.WebhookAnywhere && (u.Scheme == "http" || u.Scheme == "https"))
}

// areEvents puts a list of events into one form, and reports whether there are such.
func areEvents(events *[]string) bool {
	slices.Sort(*events)
	*events = slices.Compact(*events)
	unknown := func(e string) bool { return !slices.Contains(webhookEvents, e) }
	return len(*events) > 0 && !slices.ContainsFunc(*events, unknown)
}

const webhookByID = `SELECT ` + webhookColumns + ` FROM webhooks WHERE id = $1 AND user_id = $2`

// findWebhook returns a user's webhook. Errors: ErrWebhookNotFound.
func findWebhook(ctx context.Context, q postgres.Querier, id, user int32) (Webhook, error) {
	w, err := postgres.One(ctx, q, pgx.RowToStructByPos[Webhook], webhookByID, id, user)
	return w, postgres.NoRows(err, ErrWebhookNotFound)
}

// lockWebhook returns a user's webhook, locked until tx ends. Errors: ErrWebhookNotFound.
func lockWebhook(ctx context.Context, tx postgres.Tx, id, user int32) (Webhook, error) {
	w, err := postgres.One(ctx, tx, pgx.RowToStructByPos[Webhook], webhookByID+` FOR UPDATE`, id, user)
	return w, postgres.NoRows(err, ErrWebhookNotFound)
}

// requireConfirmed returns an error unless webhooks of the signed-in user may be called: where mails are sent, only once the address is confirmed. Whoever signs up with another
// person's address would be told of that person's orders as soon as the account is taken back. Where none are sent, no account can be taken back by a mail.
//
// Errors: ErrNotConfirmed, also until this service has received the confirmation, and for sessions that the password reset has ended.
func (n *Notifications) requireConfirmed(ctx context.Context, tx postgres.Tx) error {
	if n.webhooks.From.Address == "" {
		return nil
	}
	claims, _ := session.FromContext(ctx)
	may, err := postgres.One(ctx, tx, pgx.RowTo[bool], `SELECT EXISTS (SELECT FROM accounts WHERE user_id = $1 AND confirmed AND generation <= $2)`, claims.UserID(), claims.Generation)
	if err == nil && !may {
		err = ErrNotConfirmed
	}
	return err
}

// toWebhook is the target of messages to a webhook.
func toWebhook(id int32) string { return fmt.Sprintf("webhook/%d", id) }
