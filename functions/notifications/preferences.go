package notifications

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
)

// GetPreferences returns which mails the signed-in user gets.
func (n *Notifications) GetPreferences(ctx context.Context, _ function.None) (Preferences, error) {
	none, err := postgres.One(ctx, n.db, pgx.RowTo[bool], `SELECT EXISTS (SELECT FROM unsubscribed WHERE user_id = $1)`, session.User(ctx))
	return Preferences{OptionalMails: !none}, err
}

// SetPreferences says which mails the signed-in user gets.
func (n *Notifications) SetPreferences(ctx context.Context, p Preferences) (Preferences, error) {
	return n.prefer(ctx, session.User(ctx), p)
}

func (n *Notifications) prefer(ctx context.Context, user int32, p Preferences) (_ Preferences, err error) {
	if p.OptionalMails {
		_, err = n.db.Exec(ctx, `DELETE FROM unsubscribed WHERE user_id = $1`, user)
	} else {
		_, err = n.db.Exec(ctx, `INSERT INTO unsubscribed (user_id, at) VALUES ($1, $2) ON CONFLICT DO NOTHING`, user, n.now())
	}
	return p, err
}
