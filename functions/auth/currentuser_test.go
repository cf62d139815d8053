package auth

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/session"
)

func TestCurrentUserIsNobody(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	mine := s.signUp(t, goodEmail, goodPassword).cookie
	expired := session.Keys{Secret: s.keys.Secret, Now: func() time.Time { return time.Now().Add(-session.Lifetime - time.Minute) }}
	issue := func(k session.Keys, id int32, email string) *http.Cookie {
		c, err := k.Issue(id, email)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for name, c := range map[string]*http.Cookie{
		"no cookie":       nil,
		"nonsense":        {Name: session.CookieName, Value: "%%%"},
		"not a token":     cookieOf(t, "a.b.c"),
		"forged":          forged(t),
		"expired":         issue(expired, 1, goodEmail),
		"gone":            issue(s.keys, 2, "gone@example.com"),
		"another's id":    issue(s.keys, 1, "gone@example.com"),
		"nobody's id":     issue(s.keys, 2, goodEmail),
		"other algorithm": cookieOf(t, "eyJhbGciOiJub25lIn0."+strings.Split(session.Token(&http.Request{Header: holding(mine)}), ".")[1]+"."),
	} {
		a := s.call(t, "GET", "/api/users/current-user", "", holding(c))
		if a.status != http.StatusOK || strings.TrimSpace(a.body) != `{"currentUser":null}` {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if s.currentUser(t, mine) == nil {
		t.Fatal("the good session is refused")
	}
	s.exec(t, `DELETE FROM users`)
	if s.currentUser(t, mine) != nil {
		t.Error("the user is gone, the session lives")
	}
}

func TestCurrentUserWithoutDatabase(t *testing.T) {
	t.Parallel()
	s := serve(t, values("postgres://nobody@127.0.0.1:1/none"))
	c, err := s.keys.Issue(1, goodEmail)
	if err != nil {
		t.Fatal(err)
	}
	s.call(t, "GET", "/api/users/current-user", "", holding(c)).want(t, 503, "Service unavailable.")
	if s.currentUser(t, nil) != nil {
		t.Error("somebody without a session")
	}
}
