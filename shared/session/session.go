// Package session is the proof of who is calling: a signed token in a cookie that any service can check alone.
//
// The cookie `session` is base64(JSON {"jwt": token}); the token is HS256 and nothing else, with issuer,
// audience and expiry checked. A session can end before its token expires: a Guard also asks what has ended
// (package revocation).
package session

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
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

	SessionID  string `json:"-"` // of this session alone; the same in every token of it
	Generation int32  `json:"-"` // of the user's sessions: all before a generation may be ended together
}

// token is what is signed.
type token struct {
	Claims
	SessionID  string `json:"sid,omitempty"`
	Generation int32  `json:"gen,omitempty"`
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

// New returns the claims of a new session, like no other even in the same second: it can be ended alone.
func (k Keys) New(userID int32, email string, generation int32) Claims {
	now := k.now()
	return Claims{
		Permissions: Permissions{Authenticated: true}, IssuedAt: now.Unix(), ExpiresAt: now.Add(Lifetime).Unix(),
		Issuer: issuer, Audience: audience, Subject: email, ID: strconv.Itoa(int(userID)),
		SessionID: rand.Text(), Generation: generation,
	}
}

// Issue returns the cookie of a new session of a user none of whose sessions was ended with all others.
//
// Errors: see Cookie.
func (k Keys) Issue(userID int32, email string) (*http.Cookie, error) {
	return k.Cookie(k.New(userID, email, 0))
}

// Cookie returns the cookie of a session, with a signed token in it.
//
// Errors: keys without a secret, which anyone could sign with.
func (k Keys) Cookie(c Claims) (*http.Cookie, error) {
	if len(k.Secret) == 0 {
		return nil, errors.New("session: no secret to sign with")
	}
	payload, err := json.Marshal(token{c, c.SessionID, c.Generation})
	if err != nil {
		return nil, err
	}
	claims := jwt.MapClaims{}
	if err := json.Unmarshal(payload, &claims); err != nil {
		return nil, err
	}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(k.Secret)
	if err != nil {
		return nil, err
	}
	wrapped, err := json.Marshal(map[string]string{"jwt": signed})
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
	return claimsOf(payload, token)
}

// Unverified returns what the session of r says of itself, or ErrInvalid if it is malformed or expired. It is for
// display only: it proves nothing, since anyone can write such a session.
func Unverified(r *http.Request) (Claims, error) {
	payload := jwt.MapClaims{}
	token := Token(r)
	if _, _, err := jwt.NewParser().ParseUnverified(token, payload); err != nil {
		return Claims{}, ErrInvalid
	}
	if err := jwt.NewValidator(jwt.WithExpirationRequired()).Validate(payload); err != nil {
		return Claims{}, ErrInvalid
	}
	return claimsOf(payload, token)
}

func claimsOf(payload jwt.MapClaims, signed string) (Claims, error) {
	var t token
	b, err := json.Marshal(payload)
	if err != nil || json.Unmarshal(b, &t) != nil {
		return Claims{}, ErrInvalid
	}
	c := t.Claims
	id, err := strconv.ParseInt(c.ID, 10, 32)
	if err != nil || id < 1 || id > math.MaxInt32 || !c.Permissions.Authenticated {
		return Claims{}, ErrInvalid
	}
	c.SessionID, c.Generation = t.SessionID, t.Generation
	if c.SessionID == "" {
		c.SessionID = nameless(signed)
	}
	return c, nil
}

// nameless identifies a session whose token has no id of its own. The signature is left out: base64 has more than one spelling
// of it, and each would be another session.
func nameless(token string) string {
	hash := sha256.Sum256([]byte(token[:max(strings.LastIndexByte(token, '.'), 0)]))
	return "sha256-" + base64.RawURLEncoding.EncodeToString(hash[:])
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
