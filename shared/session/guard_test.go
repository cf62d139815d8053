package session_test

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/gittix/ticketing/shared/session"
)

// ended are sessions by their id.
type ended map[string]error // nil: it has; else why it is not known

func (e ended) Ended(_ context.Context, c session.Claims) (bool, error) {
	err, over := e[c.SessionID]
	return over, err
}

func wrap(token string) string {
	return base64.StdEncoding.EncodeToString([]byte(`{"jwt":"` + token + `"}`))
}

func carrying(cookies ...*http.Cookie) *http.Request {
	r := httptest.NewRequest("GET", "/", nil)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return r
}

// TestGuardRemembers: a signature is verified once; time and the end of the session are looked at each time.
func TestGuardRemembers(t *testing.T) {
	t.Parallel()
	now, over := time.Now(), ended{}
	k := session.Keys{Secret: []byte(secretA), Secure: true, Idle: time.Hour, Now: func() time.Time { return now }}
	cookie, err := k.Issue(1, "a@example.com")
	if err != nil {
		t.Fatal(err)
	}
	guard := session.NewGuard(k, over, session.Settings{})
	for range 2 {
		claims, err := guard.Check(carrying(cookie))
		if err != nil || claims.UserID() != 1 {
			t.Fatal(claims, err)
		}
		over[claims.SessionID] = nil
		if c, err := guard.Check(carrying(cookie)); !errors.Is(err, session.ErrInvalid) || c.UserID() != 1 {
			t.Error("it has ended:", c, err)
		}
		away := errors.New("nobody knows")
		over[claims.SessionID] = away
		if _, err := guard.Check(carrying(cookie)); !errors.Is(err, away) {
			t.Error("nobody knows whether it has ended:", err)
		}
		delete(over, claims.SessionID)
	}
	now = now.Add(time.Hour)
	if _, err := guard.Check(carrying(cookie)); !errors.Is(err, session.ErrInvalid) {
		t.Error("it was idle:", err)
	}
	forged := *cookie
	forged.Value = forged.Value[:len(forged.Value)-8] + "AAAA" + forged.Value[len(forged.Value)-4:]
	if _, err := guard.Check(carrying(&forged)); !errors.Is(err, session.ErrInvalid) {
		t.Error("another signature:", err)
	}
}

// TestNamesOfTheCookie: with TLS it is a name that no neighbor can plant. The other one counts for sessions of before only.
func TestNamesOfTheCookie(t *testing.T) {
	t.Parallel()
	k := session.Keys{Secret: []byte(secretA), Secure: true, Idle: time.Hour}
	guard := session.NewGuard(k, ended{}, session.Settings{})
	mine, err := k.Issue(1, "a@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if mine.Name != "__Host-session" || !mine.Secure || mine.Path != "/" || mine.Domain != "" || !mine.HttpOnly {
		t.Errorf("the cookie is %v", mine)
	}
	attackers, err := k.Issue(2, "eve@example.com")
	if err != nil {
		t.Fatal(err)
	}
	planted := &http.Cookie{Name: session.PlainName, Value: attackers.Value}
	if _, err := guard.Check(carrying(planted)); !errors.Is(err, session.ErrInvalid) {
		t.Error("a planted session counts:", err)
	}
	if c, err := guard.Check(carrying(planted, mine)); err != nil || c.UserID() != 1 {
		t.Error("a planted session stands in the way:", c, err)
	}
	before, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"permissions": map[string]bool{"authenticated": true}, "iss": "auth-api", "aud": "ticketing-frontend",
		"jti": "3", "sub": "a@b.c", "exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix(), "sid": "OLD",
	}).SignedString(k.Secret)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := guard.Check(carrying(&http.Cookie{Name: session.PlainName, Value: wrap(before)})); err != nil || c.UserID() != 3 {
		t.Error("a session of before the new name has ended:", c, err)
	}
	plain := k
	plain.Secure = false
	if c, err := plain.Issue(1, "a@example.com"); err != nil || c.Name != "session" || c.Secure {
		t.Error("without TLS:", c, err)
	}
}

// BenchmarkCheck is what a session costs a request: with its token verified each time, and remembered.
func BenchmarkCheck(b *testing.B) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		b.Fatal(err)
	}
	for name, k := range map[string]session.Keys{
		"HS256": {Secret: []byte(secretA)}, "Ed25519": {Private: private, Public: []ed25519.PublicKey{public}},
	} {
		cookie, err := k.Issue(1, "a@example.com")
		if err != nil {
			b.Fatal(err)
		}
		r := carrying(cookie)
		b.Run(name+"/verified", func(b *testing.B) {
			for b.Loop() {
				if _, err := k.Verify(session.Token(r)); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/remembered", func(b *testing.B) {
			guard := session.NewGuard(k, ended{}, session.Settings{})
			for b.Loop() {
				if _, err := guard.Check(r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
