package auth

import (
	"context"
	"net/http"
	"time"

	"github.com/gittix/ticketing/shared/session"
)

// SignOutRequest may carry a session.
type SignOutRequest struct{ token string }

// Bind reads the cookie.
func (r *SignOutRequest) Bind(req *http.Request) error {
	r.token = session.Token(req)
	return nil
}

// SignOut revokes the session, if there is a valid one, and clears the cookie in any case.
//
// Errors: apierror.Unavailable: the session could not be revoked, and lives.
func (a *Auth) SignOut(ctx context.Context, req SignOutRequest) (Session, error) {
	if claims, err := a.keys.Verify(req.token); err == nil {
		if err := a.store.revoke(ctx, req.token, time.Unix(claims.ExpiresAt, 0)); err != nil {
			return Session{}, err
		}
	}
	return Session{Message: "User logged out.", cookie: a.keys.Clear()}, nil
}
