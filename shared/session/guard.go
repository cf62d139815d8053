package session

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"

	lru "github.com/hashicorp/golang-lru/v2"
)

// Ended knows which sessions have ended before their tokens expire.
type Ended interface {
	// Ended reports whether a session has. Errors: it cannot be known at present.
	Ended(context.Context, Claims) (bool, error)
}

// Guard decides which requests are signed in. A signature is verified once, and remembered for as long as there is room; times,
// and what has ended, are looked at each time.
type Guard struct {
	keys     Keys
	ended    Ended
	settings any                                   // that the keys are made of
	verified *lru.Cache[[sha256.Size]byte, Claims] // by hash of the audience and the cookie or access token
	writes   Scope                                 // of access tokens that change something; "": none is taken
}

// remembered is how many tokens a guard remembers, in about 2 MB.
const remembered = 4096

// NewGuard returns the guard of a service, whose keys are made of settings: Settings or IssuerSettings.
func NewGuard(keys Keys, ended Ended, settings any) Guard {
	verified, err := lru.New[[sha256.Size]byte, Claims](remembered)
	if err != nil {
		panic(err) // the size is a constant, and not positive
	}
	return Guard{keys: keys, ended: ended, settings: settings, verified: verified}
}

// Settings are those that an endpoint with this guard reads.
func (g Guard) Settings() any { return g.settings }

// Check returns the claims of the session that r carries, or of its access token, where one is taken (For).
//
// Errors: ErrInvalid: there is none, or it has ended (the claims are there); ErrScope; or whatever keeps that from being known.
func (g Guard) Check(r *http.Request) (Claims, error) {
	claims, err := g.identify(r)
	if err != nil && !errors.Is(err, ErrScope) {
		return Claims{}, err
	}
	over, unknown := g.ended.Ended(r.Context(), claims)
	switch {
	case unknown != nil:
		return Claims{}, unknown
	case over:
		return claims, ErrInvalid
	}
	return claims, err
}

// identify returns the claims that r carries, ended or not. A request with an access token is a program's, whatever cookies it has.
func (g Guard) identify(r *http.Request) (Claims, error) {
	if value, scope := Bearer(r), g.Scope(r.Method); value != "" && scope != "" {
		return g.access(value, scope)
	}
	cookie := Cookie(r)
	if cookie == nil {
		return Claims{}, ErrInvalid
	}
	claims, err := g.remember(audience, cookie.Value, unwrap)
	if err == nil && g.keys.Secure && !claims.isOld && cookie.Name != CookieName {
		return Claims{}, ErrInvalid // it was not issued under that name: someone has planted it
	}
	return claims, err
}

// remember returns the claims of the token for that audience which signed finds in value, verified once. What was remembered for one audience is
// not found for another, wherever it comes in.
func (g Guard) remember(audience, value string, signed func(string) string) (Claims, error) {
	hash := sha256.Sum256([]byte(audience + " " + value))
	if claims, ok := g.verified.Get(hash); ok {
		if claims.Audience != audience || !g.keys.isInTime(claims) {
			return Claims{}, ErrInvalid
		}
		return claims, nil
	}
	claims, err := g.keys.verify(signed(value), audience)
	if err == nil {
		g.verified.Add(hash, claims)
	}
	return claims, err
}
