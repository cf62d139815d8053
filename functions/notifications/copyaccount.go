package notifications

import (
	"context"

	"github.com/gittix/ticketing/shared/event"
)

// CopyAccount keeps the newest versions of accounts. Webhooks from before the address was confirmed are called no more: perhaps another person made them.
//
// Errors: apierror.Unavailable.
func (n *Notifications) CopyAccount(ctx context.Context, a event.Account) error {
	_, err := n.db.Exec(ctx, `
		WITH news AS (
			INSERT INTO accounts (user_id, email, confirmed, version, generation) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (user_id) DO UPDATE SET email = excluded.email, confirmed = excluded.confirmed, version = excluded.version, generation = excluded.generation
			WHERE accounts.version < excluded.version RETURNING user_id
		)
		UPDATE webhooks w SET enabled = false FROM news WHERE w.user_id = news.user_id AND $3
			AND NOT EXISTS (SELECT FROM accounts before WHERE before.user_id = $1 AND before.confirmed)`, a.UserID, a.Email, a.Confirmed, a.Version, a.Generation)
	return err
}
