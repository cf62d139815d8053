package notifications

import (
	"context"

	"github.com/gittix/ticketing/shared/event"
)

// CopyAccount keeps the newest versions of accounts. Errors: apierror.Unavailable.
func (n *Notifications) CopyAccount(ctx context.Context, a event.Account) error {
	_, err := n.db.Exec(ctx, `
		INSERT INTO accounts (user_id, email, confirmed, version) VALUES ($1, $2, $3, $4)
		ON CONFLICT (user_id) DO UPDATE SET email = excluded.email, confirmed = excluded.confirmed, version = excluded.version
		WHERE accounts.version < excluded.version`, a.UserID, a.Email, a.Confirmed, a.Version)
	return err
}
