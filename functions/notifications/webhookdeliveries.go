package notifications

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/timestamp"
)

// WebhookDelivery is a message to a webhook, and how far it is.
type WebhookDelivery struct {
	ID        int64           `json:"id"`
	Event     string          `json:"event" example:"ticket.sold"`
	State     string          `json:"state" example:"sent"` // waiting, sent, dropped (its webhook was paused or disabled), dead (given up)
	Attempts  int             `json:"attempts"`
	Reason    string          `json:"reason,omitempty" example:"it answered 500"` // of the last failure
	CreatedAt timestamp.Time  `json:"createdAt"`
	EndedAt   *timestamp.Time `json:"endedAt,omitempty"`
}

// ListWebhookDeliveries returns the last hundred messages to one of the signed-in user's webhooks, the newest first. They are kept for a month.
//
// Errors: apierror.ErrInvalidID, ErrWebhookNotFound.
func (n *Notifications) ListWebhookDeliveries(ctx context.Context, req function.ByID) ([]WebhookDelivery, error) {
	if _, err := findWebhook(ctx, n.db, req.ID, session.User(ctx)); err != nil {
		return nil, err
	}
	return postgres.All(ctx, n.db, pgx.RowToStructByPos[WebhookDelivery], `
		SELECT id, kind, state, attempts, reason, created_at, ended_at FROM deliveries
		WHERE channel = $1 AND target = $2 ORDER BY id DESC LIMIT 100`, webhookChannel, toWebhook(req.ID))
}

// DeliveryID names a message.
type DeliveryID struct {
	ID int64 `json:"-" path:"id" minimum:"1" example:"1"`
}

// Bind reads the path. Errors: apierror.ErrInvalidID unless it is a positive integer.
func (r *DeliveryID) Bind(req *http.Request) (err error) {
	id := req.PathValue("id")
	if r.ID, err = strconv.ParseInt(id, 10, 64); err != nil || r.ID < 1 || id[0] == '+' {
		return apierror.ErrInvalidID
	}
	return nil
}

// Resent is the reply to a message that is sent again.
type Resent struct {
	Message string `json:"message"`
}

var resends = postgres.Window{Table: "resends", Key: "user_id", Ends: "ends_at"}

// mostResends is how many messages a user may have sent again within a minute.
const mostResends = 10

// ResendWebhookDelivery sends a message to one of the signed-in user's webhooks again, now, with the same id.
//
// Errors: apierror.ErrInvalidID, ErrDeliveryNotFound: there is none of that id; ErrTooManyResends, with the time until the next one.
func (n *Notifications) ResendWebhookDelivery(ctx context.Context, req DeliveryID) (Resent, error) {
	user := session.User(ctx)
	err := n.transaction(ctx, func(tx postgres.Tx) error {
		now := n.now()
		_, err := postgres.One(ctx, tx, pgx.RowTo[int64], `
			UPDATE deliveries d SET state = 'waiting', user_id = w.user_id, due_at = $3, until = $4, attempts = CASE WHEN leased_until > $3 THEN attempts ELSE 0 END, reason = '', ended_at = NULL
			FROM webhooks w WHERE d.id = $1 AND d.channel = $5 AND d.target = 'webhook/' || w.id AND w.user_id = $2 RETURNING d.id`,
			req.ID, user, now, now.Add(n.channels[webhookChannel].retryFor), webhookChannel)
		if err != nil {
			return postgres.NoRows(err, ErrDeliveryNotFound)
		}
		_, rest, err := resends.Take(ctx, tx, user, mostResends, time.Minute)
		if err == nil && rest > 0 {
			err = ErrTooManyResends.After(rest)
		}
		return err
	})
	return Resent{"Delivery requested."}, err
}
