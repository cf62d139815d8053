package auth

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/timestamp"
)

// Account is what a user sees of the own account.
type Account struct {
	ID        int32          `json:"id"`
	Email     string         `json:"email" example:"ada@example.com"`
	Confirmed bool           `json:"confirmed"` // by a link that was sent to the address
	CreatedAt timestamp.Time `json:"createdAt"`
}

// GetAccount returns the signed-in user's account.
func (a *Auth) GetAccount(ctx context.Context, _ function.None) (Account, error) {
	own, err := postgres.One(ctx, a.db, pgx.RowToStructByPos[Account], `
		SELECT id, email, confirmed_at IS NOT NULL, created_at FROM users WHERE id = $1`, session.User(ctx))
	return own, postgres.NoRows(err, apierror.ErrNotAuthorized)
}

const accountColumns = `id, email, confirmed_at IS NOT NULL, version, session_generation`

func accountChanged(ctx context.Context, a event.Account) (event.Draft, error) {
	return event.Of(ctx, event.AuthAccountChanged, a)
}

// confirm notes that a user reads the mail of the account's address, and returns the event of it; none, if that was known.
func confirm(ctx context.Context, tx postgres.Tx, userID int32) (none event.Draft, err error) {
	changed, err := postgres.All(ctx, tx, pgx.RowToStructByPos[event.Account], `
		UPDATE users SET confirmed_at = now(), version = version + 1, updated_at = now() WHERE id = $1 AND confirmed_at IS NULL
		RETURNING `+accountColumns, userID)
	if err != nil || len(changed) == 0 {
		return none, err
	}
	return accountChanged(ctx, changed[0])
}

func (a *Auth) restore() *function.Restore {
	return &function.Restore{
		Begin: func(ctx context.Context) error { return a.db.BeginRestore(ctx, "") },
		Announce: func(ctx context.Context, since time.Time) (int64, error) {
			return postgres.Announced[event.Account]{
				Table: "users", Columns: accountColumns, Scan: pgx.RowToStructByPos[event.Account], Event: accountChanged,
				Newest: `type = 'auth.account_changed' AND (data->>'userId')::int = t.id AND (data->>'version')::int = t.version`,
			}.Announce(ctx, a.db, since)
		},
	}
}
