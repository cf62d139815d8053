package session

import (
	"context"
	"net/http"
)

// Ended knows which sessions have ended before their tokens expire.
type Ended interface {
	// Ended reports whether a session has. Errors: it cannot be known at present.
	Ended(context.Context, Claims) (bool, error)
}

// Guard decides which requests are signed in.
type Guard struct {
	keys  Keys
	ended Ended
}

// NewGuard returns the guard of a service.
func NewGuard(keys Keys, ended Ended) Guard { return Guard{keys, ended} }

// Check returns the claims of the session that r carries.
//
// Errors: ErrInvalid: there is none, or it has ended (the claims are there); or whatever keeps that from being known.
func (g Guard) Check(r *http.Request) (Claims, error) {
	claims, err := g.keys.Verify(Token(r))
	if err != nil {
		return Claims{}, err
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
