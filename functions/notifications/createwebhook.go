package notifications

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
)

// CreateWebhookRequest is a new webhook.
type CreateWebhookRequest struct {
	URL    function.LooseString `json:"url" format:"uri" maxLength:"2000" example:"https://shop.example.com/tickets"` // https, on port 443, at a public address
	Events []string             `json:"events" example:"[\"ticket.sold\"]"`                                           // ticket.created, ticket.updated, ticket.sold, order.created, order.updated, order.paid, order.cancelled, order.refunded: one at least
}

// WebhookSecret is a webhook, and the secret that its messages are signed by. It is shown once.
type WebhookSecret struct {
	Message string  `json:"message"`
	Secret  string  `json:"secret" example:"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwYpYyHyvJHVg="`
	Webhook Webhook `json:"webhook"`
}

// CreateWebhook has the signed-in user's program told of what happens to the user's tickets and orders: by a POST for each event, signed by the Standard
// Webhooks specification, and sent again over a day until it is answered with 2xx. The user gets a mail that it was added. Where mails are sent, the user's address must
// be confirmed; after that, try again in a moment, or sign in again.
//
// Errors: ErrInvalidURL, ErrInvalidEvents, ErrNotConfirmed, ErrTooManyWebhooks.
func (n *Notifications) CreateWebhook(ctx context.Context, req CreateWebhookRequest) (WebhookSecret, error) {
	if !n.isAllowedURL(string(req.URL)) {
		return WebhookSecret{}, ErrInvalidURL
	}
	if !areEvents(&req.Events) {
		return WebhookSecret{}, ErrInvalidEvents
	}
	user, reply := session.User(ctx), WebhookSecret{Message: "Webhook created."}
	_, err := n.db.ChangeInTurn(ctx, user, func(tx postgres.Tx) (none event.Draft, err error) {
		if err := n.requireConfirmed(ctx, tx); err != nil {
			return none, err
		}
		count, err := postgres.One(ctx, tx, pgx.RowTo[int], `SELECT count(*) FROM webhooks WHERE user_id = $1`, user)
		if err == nil && count >= mostWebhooks {
			err = ErrTooManyWebhooks
		}
		if err != nil {
			return none, err
		}
		reply.Webhook, err = postgres.One(ctx, tx, pgx.RowToStructByPos[Webhook], `
			INSERT INTO webhooks (user_id, url, events, created_at) VALUES ($1, $2, $3, $4) RETURNING `+webhookColumns, user, string(req.URL), req.Events, n.now())
		if err == nil {
			reply.Secret, err = n.newSecret(ctx, tx, reply.Webhook.ID)
		}
		if err == nil {
			err = n.tellOwner(ctx, tx, "create-webhook", user, reply.Webhook)
		}
		return none, err
	})
	return reply, err
}

// ListWebhooks returns the signed-in user's webhooks.
func (n *Notifications) ListWebhooks(ctx context.Context, _ function.None) ([]Webhook, error) {
	return postgres.All(ctx, n.db, pgx.RowToStructByPos[Webhook], `SELECT `+webhookColumns+` FROM webhooks WHERE user_id = $1 ORDER BY id`, session.User(ctx))
}
