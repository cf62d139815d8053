package auth

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/session"
)

func TestSignOut(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	mine, other := f.user(), f.signUp("eve@example.com", goodPassword).Cookie(session.CookieName)
	for range 2 {
		a := f.said(f.signOut(mine), 200, "User logged out.")
		if c := a.Cookie(session.CookieName); c == nil || c.Value != "" || c.MaxAge >= 0 || c.Path != "/" {
			t.Errorf("cookie %v", c)
		}
		if c := f.known(mine); c != nil {
			t.Errorf("still signed in: %+v", c)
		}
	}
	// A signature in base64 can be spelled in more than one way.
	token := session.Token(&http.Request{Header: holding(mine)})
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(digits, token[len(token)-1])
	for i := range 4 {
		spelled := token[:len(token)-1] + string(digits[last&^3|i])
		if f.known(cookieOf(spelled)) != nil {
			t.Errorf("the token lives on as …%s", spelled[len(spelled)-4:])
		}
	}
	if f.known(other) == nil {
		t.Error("another session ended, too")
	}
	if again := f.signIn(goodEmail, goodPassword, home).Cookie(session.CookieName); f.known(again) == nil || f.known(mine) != nil {
		t.Error("a new session is revoked from its beginning, or brings the old one back")
	}
}

func cookieOf(token string) *http.Cookie {
	text := functiontest.Text(map[string]string{"jwt": token})
	return &http.Cookie{Name: session.CookieName, Value: base64.StdEncoding.EncodeToString([]byte(text))}
}

// An invalid session has no user, and is not stored as revoked.
func TestNoSession(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	mine := f.user()
	issue := func(k session.Keys, id int32, email string) *http.Cookie {
		c, err := k.Issue(id, email)
		f.Must(err)
		return c
	}
	expired := session.Keys{Secret: f.keys.Secret, Now: func() time.Time { return time.Now().Add(-session.Lifetime - time.Minute) }}
	for name, c := range map[string]*http.Cookie{
		"no cookie":       nil,
		"nonsense":        {Name: session.CookieName, Value: "%%%"},
		"not a token":     cookieOf("a.b.c"),
		"forged":          issue(session.Keys{Secret: []byte("another secret of thirty-two bytes")}, 1, goodEmail),
		"expired":         issue(expired, 1, goodEmail),
		"other algorithm": cookieOf("eyJhbGciOiJub25lIn0." + strings.Split(session.Token(&http.Request{Header: holding(mine)}), ".")[1] + "."),
	} {
		if f.known(c) != nil {
			t.Errorf("%s is a session", name)
		}
		if a := f.said(f.signOut(c), 200, "User logged out."); a.Cookie(session.CookieName).MaxAge >= 0 {
			t.Errorf("%s: cookie %v", name, a.Cookie(session.CookieName))
		}
	}
	if n := value[int](f, `SELECT count(*) FROM revoked_tokens`); n != 0 {
		t.Errorf("%d tokens revoked that were none", n)
	}
	for name, c := range map[string]*http.Cookie{
		"gone": issue(f.keys, 2, "gone@example.com"), "another's id": issue(f.keys, 1, "gone@example.com"), "an id of no user": issue(f.keys, 2, goodEmail),
	} {
		if f.known(c) != nil {
			t.Errorf("%s is a user", name)
		}
	}
	if a := f.Send("GET", "/api/users/current-user", "", nil); a.Body != `{"currentUser":null}` || f.known(mine) == nil {
		t.Errorf("%s, or the good session is refused", a.Body)
	}
	f.exec(`DELETE FROM users`)
	if f.known(mine) != nil {
		t.Error("the user is gone, the session lives")
	}
}

func TestSweepSessions(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.exec(`INSERT INTO revoked_tokens VALUES ('old', now() - interval '1 second'), ('live', now() + interval '1 hour')`)
	f.exec(`INSERT INTO sessions (id, user_id, expires_at) VALUES ('old', 1, now() - interval '1 second'), ('live', 1, now() + interval '1 hour')`)
	f.exec(`INSERT INTO signin_attempts VALUES ('old', 1, now() - interval '1 second'), ('live', 1, now() + interval '1 hour')`)
	f.exec(`INSERT INTO signin_attempts SELECT ('old' || n)::bytea, 1, now() - interval '1 second' FROM generate_series(1, $1::int) n`, 2*sweepBatch)
	f.Must(f.Tick("sweep-sessions"))
	for _, table := range []string{"SELECT id::bytea FROM sessions", "SELECT hash FROM revoked_tokens", "SELECT key FROM signin_attempts"} {
		if left := value[[]byte](f, table); string(left) != "live" {
			t.Errorf("%s left %q", table, left)
		}
	}
}
