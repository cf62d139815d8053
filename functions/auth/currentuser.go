package auth

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
)

// CurrentUserReply says who is signed in; null if no one is.
type CurrentUserReply struct {
	CurrentUser *session.Claims `json:"currentUser"`
}

// CurrentUser tells whose session it is. It is no one's if it is missing, invalid, expired or revoked, or if the
// user is gone.
//
// Errors: apierror.Unavailable: it cannot be told.
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
