package auth

import (
	"context"
	"net/http"

	"github.com/gittix/ticketing/shared/session"
)

// CurrentUserRequest may carry a session.
type CurrentUserRequest struct{ token string }

// Bind reads the cookie.
func (r *CurrentUserRequest) Bind(req *http.Request) error {
	r.token = session.Token(req)
	return nil
}

// CurrentUserReply says who is signed in; null for nobody.
type CurrentUserReply struct {
	CurrentUser *session.Claims `json:"currentUser"`
}

// CurrentUser tells whose session it is: nobody's, if it is missing, invalid, expired or revoked, or if the
// user is gone.
//
// Errors: apierror.Unavailable: it cannot be told.
func (a *Auth) CurrentUser(ctx context.Context, req CurrentUserRequest) (CurrentUserReply, error) {
	claims, err := a.keys.Verify(req.token)
	if err != nil {
		return CurrentUserReply{}, nil //nolint:nilerr // no session is no failure
	}
	live, err := a.store.isLive(ctx, req.token, claims)
	if err != nil || !live {
		return CurrentUserReply{}, err
	}
	return CurrentUserReply{CurrentUser: &claims}, nil
}
