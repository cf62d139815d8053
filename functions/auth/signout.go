package auth

import (
	"context"
	"net/http"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/securitylog"
	"github.com/gittix/ticketing/shared/session"
)

// SessionRequest may carry a session.
type SessionRequest struct {
	request *http.Request `cookie:"session"`
}

// Bind notes the request.
func (r *SessionRequest) Bind(req *http.Request) error {
	r.request = req
	return nil
}

// SignedOut is the reply to a sign-out.
type SignedOut struct {
	Message string         `json:"message"`
	cookies []*http.Cookie `header:"Set-Cookie"` // what removes the session
}

// Respond removes the cookie, under any name that it may have.
func (s SignedOut) Respond(h http.Header, status int) int {
	for _, c := range s.cookies {
		h.Add("Set-Cookie", c.String())
	}
	return status
}

// SignOut ends the session, if there is a valid one, and clears the cookie in any case. To end it again
// changes nothing. The other services refuse it within 2 seconds.
//
// Errors: apierror.Unavailable: the session could not be ended, and lives.
func (a *Auth) SignOut(ctx context.Context, req SessionRequest) (SignedOut, error) {
	token := session.Token(req.request)
	if claims, err := a.keys.Verify(token); err == nil {
		seq, err := a.db.Change(ctx, func(tx postgres.Tx) (event.Draft, error) { return a.endSession(ctx, tx, token) })
		if err != nil {
			return SignedOut{}, err
		}
		if seq > 0 {
			securitylog.Note(ctx, securitylog.SessionEnded, securitylog.User(claims.UserID()))
		}
	}
	return SignedOut{Message: "User logged out.", cookies: a.keys.Clear()}, nil
}
