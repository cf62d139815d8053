package notifications

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
)

// CopyAccount keeps the newest versions of accounts. Webhooks from before the address was confirmed are called no more, as perhaps another person made them, and the
// user gets a mail.
//
// Errors: apierror.Unavailable.
func (n *Notifications) CopyAccount(ctx context.Context, a event.Account) error {
	return n.transaction(ctx, func(tx postgres.Tx) error {
		hooks, err := postgres.All(ctx, tx, func(row pgx.CollectableRow) (w webhookData, err error) {
			w.Confirmed = true
			return w, row.Scan(&w.WebhookID, &w.URL)
		}, `
			WITH news AS (
				INSERT INTO accounts (user_id, email, confirmed, version, generation) VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (user_id) DO UPDATE SET email = excluded.email, confirmed = excluded.confirmed, version = excluded.version, generation = excluded.generation
				WHERE accounts.version < excluded.version RETURNING user_id
			)
			UPDATE webhooks w SET enabled = false FROM news WHERE w.user_id = news.user_id AND enabled AND $3
				AND NOT EXISTS (SELECT FROM accounts before WHERE before.user_id = $1 AND before.confirmed)
			RETURNING w.id, w.url`, a.UserID, a.Email, a.Confirmed, a.Version, a.Generation)
		if err != nil || len(hooks) == 0 {
			return err
		}
		return n.queue(ctx, tx, message{mailChannel, toUser(a.UserID), disabledKind, hourly(disabledKind, a.UserID, n.now()), hooks[0], time.Time{}}, true)
	})
}
