package auth

import (
	"context"
	"errors"
	"net/http"

	"github.com/gittix/ticketing/shared/session"
)

// CurrentUserReply holds the signed-in user, or null.
type CurrentUserReply struct {
	CurrentUser *session.Claims `json:"currentUser"`
	cookie      *http.Cookie    `header:"Set-Cookie"` // the session, renewed; nil: it goes on as it is
}

// Respond sets the cookie.
func (r CurrentUserReply) Respond(h http.Header, status int) int {
	if r.cookie != nil {
		h.Add("Set-Cookie", r.cookie.String())
	}
	return status
}

// CurrentUser returns the user of the session, or null if the session is missing, invalid, expired, idle for too long or ended, or if
// the user no longer exists. A session that is in use is renewed from time to time, so that it does not count as idle.
//
// Errors: apierror.Unavailable: the database is.
func (a *Auth) CurrentUser(ctx context.Context, req SessionRequest) (CurrentUserReply, error) {
	claims, err := a.guard.Check(req.request)
	if errors.Is(err, session.ErrInvalid) {
		return CurrentUserReply{}, nil // no session is no failure
	}
	if err != nil {
		return CurrentUserReply{}, err
	}
	cookie, err := a.renew(ctx, claims)
	return CurrentUserReply{CurrentUser: &claims, cookie: cookie}, err
}

// renew returns a new cookie of a session that is in use, if that is due.
func (a *Auth) renew(ctx context.Context, c session.Claims) (*http.Cookie, error) {
	if !a.keys.IsDue(c) {
		return nil, nil //nolint:nilnil // none is needed
	}
	if _, err := a.db.Exec(ctx, `UPDATE sessions SET seen_at = now() WHERE id = $1`, c.SessionID); err != nil {
		return nil, err
	}
	return a.keys.Cookie(c)
}
