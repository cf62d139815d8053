package notifications

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
)

// ChangeWebhookRequest says what changes; the rest stays.
type ChangeWebhookRequest struct {
	function.ByID
	URL     *function.LooseString `json:"url,omitempty" type:"string" format:"uri" maxLength:"2000" example:"https://shop.example.com/tickets"`
	Events  *[]string             `json:"events,omitempty" example:"[\"ticket.sold\", \"order.paid\"]"`
	Enabled *bool                 `json:"enabled,omitempty" example:"true"` // true also lets one be called again that was disabled because it failed
}

// WebhookReply is the answer to a change of a webhook.
type WebhookReply struct {
	Message string  `json:"message"`
	Webhook Webhook `json:"webhook"`
}

// ChangeWebhook changes one of the signed-in user's webhooks. What waits to be sent goes to the new address, of which the user gets a mail. Of what happens while it is not
// enabled it is told nothing, and what waits then is dropped. A new address, and that it is called again, need what a new webhook needs.
//
// Errors: apierror.ErrInvalidID, ErrInvalidURL, ErrInvalidEvents, ErrWebhookNotFound, ErrNotConfirmed.
func (n *Notifications) ChangeWebhook(ctx context.Context, req ChangeWebhookRequest) (WebhookReply, error) {
	if req.URL != nil && !n.isAllowedURL(string(*req.URL)) {
		return WebhookReply{}, ErrInvalidURL
	}
	if req.Events != nil && !areEvents(req.Events) {
		return WebhookReply{}, ErrInvalidEvents
	}
	var w Webhook
	err := n.transaction(ctx, func(tx postgres.Tx) error {
		before, err := lockWebhook(ctx, tx, req.ID, session.User(ctx))
		if err != nil {
			return err
		}
		anew := req.Enabled != nil && *req.Enabled && !before.Enabled || req.URL != nil && string(*req.URL) != before.URL
		if anew {
			if err := n.requireConfirmed(ctx, tx); err != nil {
				return err
			}
		}
		w, err = postgres.One(ctx, tx, pgx.RowToStructByPos[Webhook], `
		UPDATE webhooks SET url = coalesce($3, url), events = coalesce($4, events), enabled = coalesce($5, enabled),
			failing_since = CASE WHEN $6 THEN NULL ELSE failing_since END, failures = CASE WHEN $6 THEN 0 ELSE failures END, paused_until = CASE WHEN $6 THEN NULL ELSE paused_until END
		WHERE id = $1 AND user_id = $2 RETURNING `+webhookColumns, req.ID, session.User(ctx), (*string)(req.URL), req.Events, req.Enabled, anew)
		if err == nil && w.URL != before.URL {
			err = n.tellOwner(ctx, tx, "change-webhook", session.User(ctx), w)
		}
		return err
	})
	return WebhookReply{"Webhook changed.", w}, err
}

// RotateWebhookSecret gives one of the signed-in user's webhooks another secret. For a day its messages are signed by both.
//
// Errors: apierror.ErrInvalidID, ErrWebhookNotFound.
func (n *Notifications) RotateWebhookSecret(ctx context.Context, req function.ByID) (WebhookSecret, error) {
	reply := WebhookSecret{Message: "Secret rotated."}
	err := n.transaction(ctx, func(tx postgres.Tx) (err error) {
		reply.Webhook, err = lockWebhook(ctx, tx, req.ID, session.User(ctx))
		if err == nil {
			reply.Secret, err = n.newSecret(ctx, tx, req.ID)
		}
		return err
	})
	return reply, err
}

// WebhookEnded is the reply to the end of a webhook.
type WebhookEnded struct {
	Message string `json:"message"`
}

// EndWebhook ends one of the signed-in user's webhooks. What waits to be sent to it is dropped.
//
// Errors: apierror.ErrInvalidID, ErrWebhookNotFound.
func (n *Notifications) EndWebhook(ctx context.Context, req function.ByID) (WebhookEnded, error) {
	tag, err := n.db.Exec(ctx, `DELETE FROM webhooks WHERE id = $1 AND user_id = $2`, req.ID, session.User(ctx))
	if err == nil && tag.RowsAffected() == 0 {
		err = ErrWebhookNotFound
	}
	return WebhookEnded{"Webhook ended."}, err
}
