package auth

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/session"
)

func TestSignOut(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	mine := s.signUp(t, goodEmail, goodPassword).cookie
	other := s.signUp(t, "eve@example.com", goodPassword).cookie
	for range 2 {
		a := s.signOut(t, mine).want(t, 200, "User logged out.")
		if c := a.cookie; c == nil || c.Value != "" || c.MaxAge >= 0 || c.Path != "/" {
			t.Errorf("cookie %v", c)
		}
		if c := s.currentUser(t, mine); c != nil {
			t.Errorf("still signed in: %+v", c)
		}
	}
	if s.currentUser(t, other) == nil {
		t.Error("another session ended, too")
	}
	again := s.signIn(t, goodEmail, goodPassword, "192.0.2.1").want(t, 200, "User logged in.").cookie
	if s.currentUser(t, again) == nil {
		t.Error("a new session is revoked from its beginning")
	}
	if s.currentUser(t, mine) != nil {
		t.Error("a new session brought the old one back")
	}
}

// A signature in base64 can be spelled in more than one way.
func TestSignOutRevokesEverySpelling(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	mine := s.signUp(t, goodEmail, goodPassword).cookie
	token := session.Token(&http.Request{Header: holding(mine)})
	s.signOut(t, mine)
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(digits, token[len(token)-1])
	for i := range 4 {
		spelled := token[:len(token)-1] + string(digits[last&^3|i])
		if s.currentUser(t, cookieOf(t, spelled)) != nil {
			t.Errorf("the token lives on as …%s", spelled[len(spelled)-4:])
		}
	}
}

func cookieOf(t *testing.T, token string) *http.Cookie {
	t.Helper()
	b, err := json.Marshal(map[string]string{"jwt": token})
	if err != nil {
		t.Fatal(err)
	}
	return &http.Cookie{Name: session.CookieName, Value: base64.StdEncoding.EncodeToString(b)}
}

func TestSignOutOfNothing(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for name, c := range map[string]*http.Cookie{
		"no cookie": nil,
		"nonsense":  {Name: session.CookieName, Value: "%%%"},
		"forged":    forged(t),
	} {
		if a := s.signOut(t, c).want(t, 200, "User logged out."); a.cookie == nil || a.cookie.MaxAge >= 0 {
			t.Errorf("%s: cookie %v", name, a.cookie)
		}
	}
	if n := value[int](t, s, `SELECT count(*) FROM revoked_tokens`); n != 0 {
		t.Errorf("%d tokens revoked that were none", n)
	}
}

func forged(t *testing.T) *http.Cookie {
	t.Helper()
	c, err := session.Keys{Secret: []byte("another secret of thirty-two bytes")}.Issue(1, goodEmail)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSignOutWithoutDatabase(t *testing.T) {
	t.Parallel()
	s := serve(t, values("postgres://nobody@127.0.0.1:1/none"))
	c, err := s.keys.Issue(1, goodEmail)
	if err != nil {
		t.Fatal(err)
	}
	s.signOut(t, c).want(t, 503, "Service unavailable.") // it would be a lie to say that it is over
	s.signOut(t, nil).want(t, 200, "User logged out.")
}
