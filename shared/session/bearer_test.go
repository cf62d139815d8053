package session_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/session"
)

// program is a request with an access token.
func program(method, token string, cookies ...*http.Cookie) *http.Request {
	r := httptest.NewRequest(method, "/", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return r
}

func access(t *testing.T, k session.Keys, scopes ...session.Scope) string {
	t.Helper()
	signed, err := k.Access(7, 3, "of-the-api-token", scopes, k.Now().Add(session.AccessLifetime))
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// TestAccessToken: for its user, its scopes and its time, where the guard takes any, and until it has ended.
func TestAccessToken(t *testing.T) {
	t.Parallel()
	now, over := time.Now(), ended{}
	k := session.Keys{Secret: []byte(secretA), Secure: true, Idle: time.Hour, Now: func() time.Time { return now }}
	plain := session.NewGuard(k, over, session.Settings{})
	selling := plain.For(session.Sell)
	reads, sells := access(t, k, session.Read), access(t, k, session.Sell)
	for range 2 { // remembered, too
		c, err := selling.Check(program("POST", sells))
		if err != nil || c.UserID() != 7 || c.Generation != 3 || c.SessionID != "of-the-api-token" {
			t.Fatalf("%+v, %v", c, err)
		}
		for method, token := range map[string]string{"GET": reads, "HEAD": reads, "DELETE": sells} {
			if _, err := selling.Check(program(method, token)); err != nil {
				t.Errorf("%s: %v", method, err)
			}
		}
		for method, token := range map[string]string{"GET": sells, "POST": reads, "PUT": reads} {
			if _, err := selling.Check(program(method, token)); !errors.Is(err, session.ErrScope) {
				t.Errorf("%s without its scope: %v", method, err)
			}
		}
		if _, err := selling.For(session.Buy).Check(program("POST", sells)); !errors.Is(err, session.ErrScope) {
			t.Errorf("another scope: %v", err)
		}
		if _, err := plain.Check(program("GET", reads)); !errors.Is(err, session.ErrInvalid) {
			t.Errorf("where none is taken: %v", err)
		}
	}
	over["of-the-api-token"] = nil
	for _, token := range []string{sells, reads} {
		if _, err := selling.Check(program("POST", token)); !errors.Is(err, session.ErrInvalid) {
			t.Errorf("it has ended: %v", err)
		}
	}
	delete(over, "of-the-api-token")
	now = now.Add(session.AccessLifetime)
	if _, err := selling.Check(program("POST", sells)); !errors.Is(err, session.ErrInvalid) {
		t.Errorf("it has expired: %v", err)
	}
}

// TestAccessTokenIsNoSession: neither passes for the other, and none that is bad lets a cookie in beside it.
func TestAccessTokenIsNoSession(t *testing.T) {
	t.Parallel()
	k := session.Keys{Secret: []byte(secretA), Now: time.Now}
	guard := session.NewGuard(k, ended{}, session.Settings{}).For(session.Sell)
	cookie, err := k.Issue(1, "a@example.com")
	if err != nil {
		t.Fatal(err)
	}
	token := access(t, k, session.Scopes()...)
	for name, r := range map[string]*http.Request{
		"an access token as a cookie":            carrying(&http.Cookie{Name: session.PlainName, Value: wrap(token)}),
		"a session as an access token":           program("GET", session.Token(carrying(cookie))),
		"a session's cookie as an access token":  program("GET", cookie.Value),
		"a forged one":                           program("GET", access(t, session.Keys{Secret: []byte(secretB), Now: time.Now}, session.Read)),
		"a forged one beside a session's cookie": program("POST", "x", cookie),
	} {
		if _, err := guard.Check(r); !errors.Is(err, session.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	basic := carrying(cookie)
	basic.Header.Set("Authorization", "Basic eDp5") // of a proxy in front
	if c, err := guard.Check(basic); err != nil || c.UserID() != 1 {
		t.Errorf("another scheme beside a session: %v", err)
	}
	both, err := guard.Check(program("POST", token, cookie))
	if err != nil || both.UserID() != 7 {
		t.Errorf("an access token beside a session: user %d, %v", both.UserID(), err)
	}
}

// TestRememberedTokenIsNoSession: nor does what one of them was remembered as pass for the other, for any guard that shares the memory.
func TestRememberedTokenIsNoSession(t *testing.T) {
	t.Parallel()
	k := session.Keys{Secret: []byte(secretA), Now: time.Now}
	guard := session.NewGuard(k, ended{}, session.Settings{}).For(session.Sell)
	token := access(t, k, session.Read)
	cookie, err := k.Issue(1, "a@example.com")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*http.Request{program("GET", token), carrying(cookie)} {
		if _, err := guard.Check(r); err != nil {
			t.Fatal(err)
		}
	}
	for _, before := range []string{"", "Bearer ", "ticketing-api ", "ticketing-frontend "} {
		for _, g := range []session.Guard{guard, guard.For(session.Buy), guard.For("")} {
			for _, method := range []string{"GET", "POST"} {
				r := carrying(&http.Cookie{Name: session.PlainName, Value: before + token, Quoted: true})
				r.Method = method
				if c, err := g.Check(r); !errors.Is(err, session.ErrInvalid) {
					t.Errorf("%s with %q before the token, as a cookie: user %d, %v", method, before, c.UserID(), err)
				}
				if c, err := g.Check(program(method, before+cookie.Value)); !errors.Is(err, session.ErrInvalid) {
					t.Errorf("%s with %q before the session, as an access token: user %d, %v", method, before, c.UserID(), err)
				}
			}
		}
	}
}
