package auth

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
)

// CurrentUserReply holds the signed-in user, or null.
type CurrentUserReply struct {
	CurrentUser *session.Claims `json:"currentUser"`
}

// CurrentUser returns the user of the session, or null if the session is missing, invalid, expired or revoked, or if
// the user no longer exists.
//
// Errors: apierror.Unavailable: the database is.
func (a *Auth) CurrentUser(ctx context.Context, req TokenRequest) (CurrentUserReply, error) {
	claims, err := a.keys.Verify(req.token)
	if err != nil {
		return CurrentUserReply{}, nil //nolint:nilerr // no session is no failure
	}
	over, err := a.Ended(ctx, claims)
	if err != nil || over {
		return CurrentUserReply{}, err
	}
	// A replica of before the table sessions has noted it here.
	revoked, err := postgres.One(ctx, a.db, pgx.RowTo[bool], `SELECT EXISTS (SELECT FROM revoked_tokens WHERE hash = $1)`, hashToken(req.token))
	if err != nil || revoked {
		return CurrentUserReply{}, err
	}
	return CurrentUserReply{CurrentUser: &claims}, nil
}
