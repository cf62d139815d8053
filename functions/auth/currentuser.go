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
	live, err := postgres.One(ctx, a.db, pgx.RowTo[bool], `
		SELECT EXISTS (SELECT FROM users WHERE id = $1 AND email = $2)
		   AND NOT EXISTS (SELECT FROM revoked_tokens WHERE hash = $3)`, claims.UserID(), claims.Subject, hashToken(req.token))
	if err != nil || !live {
		return CurrentUserReply{}, err
	}
	return CurrentUserReply{CurrentUser: &claims}, nil
}
