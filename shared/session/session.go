// Package session is the proof of who is calling: a signed token in a cookie that any service can check alone.
//
// The cookie is base64(JSON {"jwt": token}). Its name is __Host-session: a browser takes that over TLS and from the host
// itself only, so no neighbor can plant one; where there is no TLS it is session. The token is signed with Ed25519 (then auth
// alone can sign) or by HS256 with a secret that all services share; each key serves one algorithm and no other. Issuer,
// audience and two times are checked: the session's end, a day after its start, and its idle time-out, which auth moves on
// while the session is in use. A session can end before that: a Guard also asks what has ended (package revocation).
//
// Programs carry an access token instead, in the header Authorization: of a quarter of an hour, for what its scopes allow, and for another audience.
package session

import (
	"context"
	"crypto/sha256"
	"errors"
	"strconv"
	"time"
)

// What the tokens say and how long they live.
const (
	Lifetime = 24 * time.Hour
	issuer   = "auth-api"
	audience = "ticketing-frontend"
)

// ErrInvalid is returned for every cookie that proves nothing: missing, malformed, forged, expired or idle for too long.
var ErrInvalid = errors.New("session: no valid session")

// Claims are what a session says of its user.
type Claims struct {
	Permissions Permissions `json:"permissions"`
	IssuedAt    int64       `json:"iat"` // Unix seconds
	ExpiresAt   int64       `json:"exp"` // Unix seconds
	Issuer      string      `json:"iss"`
	Audience    string      `json:"aud"`
	Subject     string      `json:"sub"` // the e-mail address
	ID          string      `json:"jti"` // the user's id

	SessionID  string            `json:"-"` // of this session alone; the same in every token of it
	Generation int32             `json:"-"` // of the user's sessions: all before a generation may be ended together
	TokenHash  [sha256.Size]byte `json:"-"` // of the token that said so, without its signature: base64 has more than one spelling of that
	IdleAt     int64             `json:"-"` // Unix seconds: when it ends unless auth has renewed it; 0: when it expires
	scopes     string            // of a program's access token, with white space between them
	isOld      bool              // of before generations: such a token was issued for the cookie `session`, with or without TLS
}

// token is what is signed.
type token struct {
	Claims
	SessionID  string `json:"sid,omitempty"`
	Generation *int32 `json:"gen,omitempty"`
	IdleAt     int64  `json:"idle,omitempty"`
	Scopes     string `json:"scope,omitempty"`
}

// Permissions are what the user may do.
type Permissions struct {
	Authenticated bool `json:"authenticated"`
}

// UserID is the user's positive id.
func (c Claims) UserID() int32 {
	id, _ := strconv.ParseInt(c.ID, 10, 32) // Verify has checked it
	return int32(id)
}

type contextKey struct{}

// NewContext returns ctx with the session's claims in it.
func NewContext(ctx context.Context, c Claims) context.Context {
	return context.WithValue(ctx, contextKey{}, c)
}

// FromContext returns the claims of the session that was required, if one was.
func FromContext(ctx context.Context) (Claims, bool) {
	c, ok := ctx.Value(contextKey{}).(Claims)
	return c, ok
}

// User returns the id of the signed-in user, or 0 where no session was required.
func User(ctx context.Context) int32 {
	c, _ := FromContext(ctx)
	return c.UserID()
}
