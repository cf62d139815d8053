package session

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Scope is what a program may do for its user.
type Scope string

// The scopes. None of them opens what is about the account itself, or is done by notifications.
const (
	Read Scope = "read" // see the tickets, orders and payments that the user sees
	Sell Scope = "sell" // offer, change and withdraw tickets, mark passes as used, and refund
	Buy  Scope = "buy"  // order and pay
)

// Scopes lists them.
func Scopes() []Scope { return []Scope{Read, Sell, Buy} }

// AccessLifetime is how long an access token lives at most.
const AccessLifetime = 15 * time.Minute

// programs is the audience of access tokens: none is a session, and no session is one.
const programs = "ticketing-api"

// ErrScope is returned for a genuine access token that lacks the scope.
var ErrScope = errors.New("session: the token lacks the scope")

// Access returns a token by which a program acts for a user until then, in `Authorization: Bearer`. id is that of the API token it was given for: it
// ends with the session of that id, as with all of a generation.
//
// Errors: no key to sign with.
func (k Keys) Access(userID, generation int32, id string, scopes []Scope, until time.Time) (string, error) {
	c := k.New(userID, "", generation)
	c.Audience, c.SessionID, c.ExpiresAt = programs, id, until.Unix()
	words := make([]string, len(scopes))
	for i, s := range scopes {
		words[i] = string(s)
	}
	return k.sign(token{Claims: c, SessionID: id, Generation: &generation, Scopes: strings.Join(words, " ")})
}

// For returns the guard of endpoints that also take access tokens: with Read for GET, and with that scope for all else.
func (g Guard) For(s Scope) Guard {
	g.writes = s
	return g
}

// Scope is what an access token needs for a request with this method; "": none will do.
func (g Guard) Scope(method string) Scope {
	if g.writes != "" && (method == http.MethodGet || method == http.MethodHead) {
		return Read
	}
	return g.writes
}

// Bearer is the access token that r carries, or "".
func Bearer(r *http.Request) string {
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(value)
}

// access returns the claims of an access token that has the scope. Errors: ErrInvalid, ErrScope.
func (g Guard) access(value string, s Scope) (Claims, error) {
	claims, err := g.remember(programs, value, func(token string) string { return token })
	if err == nil && !slices.Contains(strings.Fields(claims.scopes), string(s)) {
		err = ErrScope
	}
	return claims, err
}
