package auth

import (
	"context"
	"crypto/sha256"
	"net/http"
	"strings"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/securitylog"
	"github.com/gittix/ticketing/shared/session"
)

// TokenRequest may carry a session.
type TokenRequest struct {
	token string `cookie:"session"`
}

// Bind reads the cookie.
func (r *TokenRequest) Bind(req *http.Request) error {
	r.token = session.Token(req)
	return nil
}

// SignOut ends the session, if there is a valid one, and clears the cookie in any case. To end it again
// changes nothing. The other services refuse it within 2 seconds.
//
// Errors: apierror.Unavailable: the session could not be ended, and lives.
func (a *Auth) SignOut(ctx context.Context, req TokenRequest) (Session, error) {
	if claims, err := a.keys.Verify(req.token); err == nil {
		seq, err := a.db.Change(ctx, func(tx postgres.Tx) (event.Draft, error) { return a.endSession(ctx, tx, req.token) })
		if err != nil {
			return Session{}, err
		}
		if seq > 0 {
			securitylog.Note(ctx, securitylog.SessionEnded, securitylog.User(claims.UserID()))
		}
	}
	return Session{Message: "User logged out.", cookie: a.keys.Clear()}, nil
}

// hashToken leaves the signature out: base64 has more than one spelling of it, and each would be another token.
func hashToken(token string) []byte {
	signed := token[:max(strings.LastIndexByte(token, '.'), 0)]
	hash := sha256.Sum256([]byte(signed))
	return hash[:]
}
