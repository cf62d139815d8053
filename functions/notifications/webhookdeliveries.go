package notifications

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/timestamp"
)

// WebhookDelivery is a message to a webhook, and how far it is.
type WebhookDelivery struct {
	ID        int32           `json:"id"`
	Event     string          `json:"event" example:"ticket.sold"`
	State     string          `json:"state" example:"sent"` // waiting, sent, dropped (its webhook was disabled), dead (given up)
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
		SELECT id::int, kind, state, attempts, reason, created_at, ended_at FROM deliveries
		WHERE channel = $1 AND target = $2 ORDER BY id DESC LIMIT 100`, webhookChannel, toWebhook(req.ID))
}

// Resent is the reply to a message that is sent again.
type Resent struct {
	Message string `json:"message"`
}

// ResendWebhookDelivery sends a message to one of the signed-in user's webhooks again, now, with the same id.
//
// Errors: apierror.ErrInvalidID, ErrDeliveryNotFound: there is none of that id.
func (n *Notifications) ResendWebhookDelivery(ctx context.Context, req function.ByID) (Resent, error) {
	now := n.now()
	_, err := postgres.One(ctx, n.db, pgx.RowTo[int64], `
		UPDATE deliveries d SET state = 'waiting', due_at = $3, until = $4, attempts = CASE WHEN leased_until > $3 THEN attempts ELSE 0 END, reason = '', ended_at = NULL
		FROM webhooks w WHERE d.id = $1 AND d.channel = $5 AND d.target = 'webhook/' || w.id AND w.user_id = $2 RETURNING d.id`,
		req.ID, session.User(ctx), now, now.Add(n.channels[webhookChannel].retryFor), webhookChannel)
	return Resent{"Delivery requested."}, postgres.NoRows(err, ErrDeliveryNotFound)
}
