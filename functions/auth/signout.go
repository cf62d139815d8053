package auth

import (
	"context"
	"crypto/sha256"
	"net/http"
	"strings"
	"time"

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

// SignOut revokes the session, if there is a valid one, and clears the cookie in any case. To revoke it again
// changes nothing.
//
// Errors: apierror.Unavailable: the session could not be revoked, and lives.
func (a *Auth) SignOut(ctx context.Context, req TokenRequest) (Session, error) {
	if claims, err := a.keys.Verify(req.token); err == nil {
		if _, err := a.db.Exec(ctx, `
			INSERT INTO revoked_tokens (hash, expires_at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING`,
			hashToken(req.token), time.Unix(claims.ExpiresAt, 0)); err != nil {
			return Session{}, err
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
