package session

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Keys issue and verify sessions. Set Secure false only where there is no TLS.
type Keys struct {
	Private    ed25519.PrivateKey  // signs; nil: Secret does
	Public     []ed25519.PublicKey // verify
	Secret     []byte              // verifies, and signs where there is no private key
	OldSecrets [][]byte            // verify
	Secure     bool
	Idle       time.Duration    // how long a session lives unused; 0: until it expires
	Now        func() time.Time // nil: time.Now
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

// Cookie returns the cookie of a session that is in use now, with a signed token in it.
//
// Errors: no key to sign with.
func (k Keys) Cookie(c Claims) (*http.Cookie, error) {
	t := token{Claims: c, SessionID: c.SessionID, Generation: &c.Generation}
	if k.Idle > 0 {
		t.IdleAt = min(k.now().Add(k.Idle).Unix(), c.ExpiresAt)
	}
	signed, err := k.sign(t)
	if err != nil {
		return nil, err
	}
	wrapped, err := json.Marshal(map[string]string{"jwt": signed})
	if err != nil {
		return nil, err
	}
	left := time.Unix(c.ExpiresAt, 0).Sub(k.now().Truncate(time.Second))
	return newCookie(k.name(), base64.StdEncoding.EncodeToString(wrapped), int(left.Seconds()), k.Secure), nil
}

// IsDue reports whether a session that is in use should be renewed by a new cookie: a tenth of its idle time-out is over. What
// an old service has issued is not, and ends when it expires.
func (k Keys) IsDue(c Claims) bool {
	return k.Idle > 0 && c.IdleAt > 0 && c.IdleAt < c.ExpiresAt && time.Unix(c.IdleAt, 0).Sub(k.now()) < k.Idle-k.Idle/10
}

func (k Keys) sign(t token) (string, error) {
	payload, err := json.Marshal(t)
	if err != nil {
		return "", err
	}
	claims := jwt.MapClaims{}
	if err := json.Unmarshal(payload, &claims); err != nil {
		return "", err
	}
	switch {
	case k.Private != nil:
		signing := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims)
		signing.Header["kid"] = KeyID(k.Private.Public().(ed25519.PublicKey)) //nolint:forcetypeassert // it is one
		return signing.SignedString(k.Private)
	case len(k.Secret) > 0:
		return jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(k.Secret)
	}
	return "", errors.New("session: no key to sign with")
}

// KeyID names a public key in the header of a token.
func KeyID(key ed25519.PublicKey) string {
	hash := sha256.Sum256(key)
	return base64.RawURLEncoding.EncodeToString(hash[:12])
}

// key returns what may have signed a token: what its algorithm says, and of that nothing but keys for this algorithm.
func (k Keys) key(t *jwt.Token) (any, error) {
	switch t.Method {
	case jwt.SigningMethodEdDSA:
		i := slices.IndexFunc(k.Public, func(key ed25519.PublicKey) bool { return KeyID(key) == t.Header["kid"] })
		if i >= 0 {
			return k.Public[i], nil
		}
	case jwt.SigningMethodHS256:
		var set jwt.VerificationKeySet
		for _, secret := range append([][]byte{k.Secret}, k.OldSecrets...) {
			if len(secret) > 0 { // anyone could sign with it
				set.Keys = append(set.Keys, secret)
			}
		}
		if len(set.Keys) > 0 {
			return set, nil
		}
	}
	return nil, ErrInvalid
}

// Verify returns the claims of a session's token, or ErrInvalid.
func (k Keys) Verify(signed string) (Claims, error) { return k.verify(signed, audience) }

func (k Keys) verify(signed, audience string) (Claims, error) {
	payload := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(signed, payload, k.key,
		jwt.WithValidMethods([]string{"HS256", "EdDSA"}), jwt.WithIssuer(issuer), jwt.WithAudience(audience),
		jwt.WithExpirationRequired(), jwt.WithStrictDecoding(), jwt.WithTimeFunc(k.now))
	if err != nil {
		return Claims{}, ErrInvalid
	}
	c, err := claimsOf(payload, signed)
	if err == nil && !k.isInTime(c) {
		err = ErrInvalid
	}
	if err != nil {
		return Claims{}, err
	}
	return c, nil
}

// isInTime reports whether a session has neither expired nor been idle for too long.
func (k Keys) isInTime(c Claims) bool {
	now := k.now()
	return now.Before(time.Unix(c.ExpiresAt, 0)) && (c.IdleAt == 0 || now.Before(time.Unix(c.IdleAt, 0)))
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
	c.SessionID, c.IdleAt, c.scopes, c.isOld = t.SessionID, t.IdleAt, t.Scopes, t.Generation == nil
	if t.Generation != nil {
		c.Generation = *t.Generation
	}
	c.TokenHash = sha256.Sum256([]byte(signed[:max(strings.LastIndexByte(signed, '.'), 0)]))
	if c.SessionID == "" {
		c.SessionID = "sha256-" + base64.RawURLEncoding.EncodeToString(c.TokenHash[:])
	}
	return c, nil
}
