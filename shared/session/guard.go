package session

import (
	"context"
	"crypto/sha256"
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
	verified *lru.Cache[[sha256.Size]byte, Claims] // by hash of the cookie
}

// remembered is how many tokens a guard remembers, in about 2 MB.
const remembered = 4096

// NewGuard returns the guard of a service, whose keys are made of settings: Settings or IssuerSettings.
func NewGuard(keys Keys, ended Ended, settings any) Guard {
	verified, err := lru.New[[sha256.Size]byte, Claims](remembered)
	if err != nil {
		panic(err) // the size is a constant, and not positive
	}
	return Guard{keys, ended, settings, verified}
}

// Settings are those that an endpoint with this guard reads.
func (g Guard) Settings() any { return g.settings }

// Check returns the claims of the session that r carries.
//
// Errors: ErrInvalid: there is none, or it has ended (the claims are there); or whatever keeps that from being known.
func (g Guard) Check(r *http.Request) (Claims, error) {
	cookie := Cookie(r)
	if cookie == nil {
		return Claims{}, ErrInvalid
	}
	claims, err := g.verify(cookie.Value)
	if err != nil {
		return Claims{}, err
	}
	if g.keys.Secure && !claims.isOld && cookie.Name != CookieName {
		return Claims{}, ErrInvalid // it was not issued under that name: someone has planted it
	}
	over, err := g.ended.Ended(r.Context(), claims)
	if err != nil {
		return Claims{}, err
	}
	if over {
		return claims, ErrInvalid
	}
	return claims, nil
}

func (g Guard) verify(value string) (Claims, error) {
	key := sha256.Sum256([]byte(value))
	if claims, ok := g.verified.Get(key); ok {
		if !g.keys.isInTime(claims) {
			return Claims{}, ErrInvalid
		}
		return claims, nil
	}
	claims, err := g.keys.Verify(unwrap(value))
	if err == nil {
		g.verified.Add(key, claims)
	}
	return claims, err
}
