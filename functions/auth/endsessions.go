package auth

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/securitylog"
)

var errNoSuchUser = errors.New("there is no such user")

// EndSessions ends all sessions of the user with this e-mail address or id, or of every user for "", and returns of how many users.
// Given twice it does no harm. Errors: errNoSuchUser.
func (a *Auth) EndSessions(ctx context.Context, who string) (int, error) {
	who = strings.TrimSpace(who)
	id, _ := function.ParseID(who)
	email, _ := parseEmail(who)
	ids, err := postgres.All(ctx, a.db, pgx.RowTo[int32], `
		SELECT id FROM users WHERE $1 = '' OR id = $2 OR email = ANY($3) ORDER BY id`, who, id, spellings(who, email))
	if err == nil && len(ids) == 0 && who != "" {
		err = errNoSuchUser
	}
	if err != nil {
		return 0, err
	}
	for i, id := range ids {
		if _, err := a.db.Change(ctx, func(tx postgres.Tx) (event.Draft, error) {
			_, ended, err := endSessions(ctx, tx, id)
			return ended, err
		}); err != nil {
			return i, err
		}
		securitylog.Note(ctx, securitylog.SessionEnded, securitylog.User(id))
	}
	return len(ids), nil
}
