// Package session is the proof of who is calling: a signed token in a cookie that any service can check alone.
//
// The cookie `session` is base64(JSON {"jwt": token}); the token is HS256 and nothing else, with issuer,
// audience and expiry checked. Revocation is auth's: the other services trust a token until it expires.
package session

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// What the tokens say and how long they live.
const (
	CookieName = "session"
	Lifetime   = 24 * time.Hour
	issuer     = "auth-api"
	audience   = "ticketing-frontend"
)

// ErrInvalid is returned for every cookie that proves nothing: missing, malformed, forged or expired.
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

// Keys issues and verifies sessions with one secret. Set Secure false only where there is no TLS.
type Keys struct {
	Secret []byte
	Secure bool
	Now    func() time.Time // nil: time.Now
}

func (k Keys) now() time.Time {
	if k.Now != nil {
		return k.Now()
	}
	return time.Now()
}

// Issue returns the cookie of a new session, like no other even in the same second: it can be revoked alone.
//
// Errors: keys without a secret, which anyone could sign with.
func (k Keys) Issue(userID int32, email string) (*http.Cookie, error) {
	if len(k.Secret) == 0 {
		return nil, errors.New("session: no secret to sign with")
	}
	now := k.now()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"permissions": Permissions{Authenticated: true},
		"iat":         now.Unix(), "exp": now.Add(Lifetime).Unix(), "iss": issuer, "aud": audience,
		"sub": email, "jti": strconv.Itoa(int(userID)), "sid": rand.Text(),
	}).SignedString(k.Secret)
	if err != nil {
		return nil, err
	}
	wrapped, err := json.Marshal(map[string]string{"jwt": token})
	if err != nil {
		return nil, err
	}
	return k.cookie(base64.StdEncoding.EncodeToString(wrapped), int(Lifetime.Seconds())), nil
}

// Clear returns the cookie that ends a session in the browser.
func (k Keys) Clear() *http.Cookie { return k.cookie("", -1) }

func (k Keys) cookie(value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: CookieName, Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: k.Secure, SameSite: http.SameSiteLaxMode,
	}
}

// Token returns the token that r carries, unverified, or "".
func Token(r *http.Request) string {
	c, err := r.Cookie(CookieName)
	if err != nil {
		return ""
	}
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(c.Value, "="))
	if err != nil {
		return ""
	}
	var wrapped struct {
		JWT string `json:"jwt"`
	}
	if json.Unmarshal(raw, &wrapped) != nil {
		return ""
	}
	return wrapped.JWT
}

// Verify returns the claims of a token, or ErrInvalid.
func (k Keys) Verify(token string) (Claims, error) {
	if len(k.Secret) == 0 { // anyone could sign with it
		return Claims{}, ErrInvalid
	}
	payload := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(token, payload, func(*jwt.Token) (any, error) { return k.Secret, nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithIssuer(issuer), jwt.WithAudience(audience),
		jwt.WithExpirationRequired(), jwt.WithStrictDecoding(), jwt.WithTimeFunc(k.now))
	if err != nil {
		return Claims{}, ErrInvalid
	}
	return claimsOf(payload)
}

// Unverified returns what the session of r says of itself, or ErrInvalid if it is malformed or expired. It is for
// display only: it proves nothing, since anyone can write such a session.
func Unverified(r *http.Request) (Claims, error) {
	payload := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(Token(r), payload); err != nil {
		return Claims{}, ErrInvalid
	}
	if err := jwt.NewValidator(jwt.WithExpirationRequired()).Validate(payload); err != nil {
		return Claims{}, ErrInvalid
	}
	return claimsOf(payload)
}

func claimsOf(payload jwt.MapClaims) (Claims, error) {
	var c Claims
	b, err := json.Marshal(payload)
	if err != nil || json.Unmarshal(b, &c) != nil {
		return Claims{}, ErrInvalid
	}
	id, err := strconv.ParseInt(c.ID, 10, 32)
	if err != nil || id < 1 || id > math.MaxInt32 || !c.Permissions.Authenticated {
		return Claims{}, ErrInvalid
	}
	return c, nil
}

type contextKey struct{}

// NewContext returns ctx with the session's claims in it.
func NewContext(ctx context.Context, c Claims) context.Context {
	return context.WithValue(ctx, contextKey{}, c)
}

// User returns the id of the signed-in user, or 0 where no session was required.
func User(ctx context.Context) int32 {
	c, ok := ctx.Value(contextKey{}).(Claims)
	if !ok {
		return 0
	}
	return c.UserID()
}
