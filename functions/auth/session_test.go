package auth

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/timestamp"
)

// claims are what a session's token says.
func (f fixture) claims(c *http.Cookie) session.Claims {
	f.t.Helper()
	claims, err := f.keys.Verify(session.Token(&http.Request{Header: holding(c)}))
	f.Must(err)
	return claims
}

// end ends all sessions of a user.
func (f fixture) end(userID int32) {
	f.t.Helper()
	_, err := f.db.Change(f.t.Context(), func(tx postgres.Tx) (event.Draft, error) {
		_, draft, err := endSessions(f.t.Context(), tx, userID)
		return draft, err
	})
	f.Must(err)
}

// TestSignOutIsAnnounced: once, with all that another service must know.
func TestSignOutIsAnnounced(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	mine := f.user()
	f.Silent("signing up")
	claims := f.claims(mine)
	f.signOut(mine)
	functiontest.Announced(t, f.Run, event.AuthSessionsEnded, event.SessionsEnded{
		UserID: 1, SessionID: claims.SessionID, ExpiresAt: timestamp.Of(time.Unix(claims.ExpiresAt, 0)),
	}, 0)
	f.signOut(mine)
	f.signOut(nil)
	f.Silent("signing out again")
}

// TestSignInEndsTheSessionBefore: a browser has one session at a time.
func TestSignInEndsTheSessionBefore(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	first := f.user()
	header := holding(first)
	header.Set("X-Forwarded-For", home)
	second := f.said(f.Send("POST", "/api/users/signin", credentials(goodEmail, goodPassword), header), 200, "User logged in.").Cookie(session.CookieName)
	if f.known(first) != nil || f.known(second) == nil {
		t.Error("the first session lives, or the second does not")
	}
	if ended := f.Announced(); len(ended) != 1 || ended[0].Subject() != "session/"+f.claims(first).SessionID {
		t.Errorf("announced %v", ended)
	}
}

// TestEndSessions: all that a user has, and none that the user opens later, in the same second or not.
func TestEndSessions(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	first := f.user()
	second := f.signIn(goodEmail, goodPassword, home).Cookie(session.CookieName)
	other := f.signUp("eve@example.com", goodPassword).Cookie(session.CookieName)
	f.Announced()
	for generation := int32(1); generation < 3; generation++ {
		f.end(1)
		e := f.Announced()
		data := functiontest.Data(t, event.AuthSessionsEnded, e[0])
		if len(e) != 1 || data.UserID != 1 || data.Generation != generation || data.SessionID != "" || time.Until(data.ExpiresAt.Time) < session.Lifetime {
			t.Errorf("announced %v", e)
		}
		if f.known(first) != nil || f.known(second) != nil || f.known(other) == nil {
			t.Error("a session lives on, or another user's does not")
		}
		second = f.signIn(goodEmail, goodPassword, home).Cookie(session.CookieName)
		if f.known(second) == nil || f.claims(second).Generation != generation {
			t.Error("a new session has ended, too")
		}
	}
}

// TestSignInDuringEndSessions: what was true of a user before all sessions ended opens none that lives.
func TestSignInDuringEndSessions(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.user()
	u, err := f.findUser(t.Context(), account{goodEmail, []string{goodEmail}}) // the password is checked now
	f.Must(err)
	f.end(1)
	var late *http.Cookie
	_, err = f.db.Change(t.Context(), func(tx postgres.Tx) (ended event.Draft, err error) {
		late, ended, err = f.open(t.Context(), tx, u, visitor{})
		return ended, err
	})
	f.Must(err)
	if f.known(late) != nil {
		t.Error("it lives")
	}
}

// TestReplicasOfBefore: they look for a signed-out token where they always have, and what they have noted there counts.
func TestReplicasOfBefore(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	mine := f.user()
	hash := f.claims(mine).TokenHash
	f.exec(`INSERT INTO revoked_tokens VALUES ($1, now() + interval '1 day')`, hash[:])
	if f.known(mine) != nil {
		t.Error("what another replica has revoked lives")
	}
	functiontest.Refused(t, "revoked by another replica", f.Send("GET", "/api/users/sessions", "", holding(mine)), 401, "Not authorized.")
	mine = f.signIn(goodEmail, goodPassword, home).Cookie(session.CookieName)
	hash = f.claims(mine).TokenHash
	f.signOut(mine)
	if !value[bool](f, `SELECT EXISTS (SELECT FROM revoked_tokens WHERE hash = $1)`, hash[:]) {
		t.Error("a replica of before does not know of a sign-out")
	}
}

// TestDevice: text that can be shown, of bounded length.
func TestDevice(t *testing.T) {
	t.Parallel()
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11)":        "Mozilla/5.0 (X11)",
		"a\x00\u202eb\xff\n":       "ab",
		strings.Repeat("é", 10000): strings.Repeat("é", longestDevice),
	} {
		if got := (visitor{agent: agent}).device(); got != want {
			t.Errorf("%q: %q", agent, got)
		}
	}
}

// TestRenewal: a session in use gets a new cookie from time to time, and one that is not ends.
func TestRenewal(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.user()
	used := func(age time.Duration) *http.Cookie {
		k := f.keys
		k.Now = func() time.Time { return time.Now().Add(-age) }
		c, err := k.Issue(1, goodEmail)
		f.Must(err)
		return c
	}
	ask := func(c *http.Cookie) functiontest.Answer {
		return f.Send("GET", "/api/users/current-user", "", holding(c))
	}
	if c := ask(used(time.Minute)).Cookie(session.CookieName); c != nil {
		t.Error("renewed at once", c)
	}
	old := used(time.Hour)
	renewed := ask(old).Cookie(session.CookieName)
	if renewed == nil {
		t.Fatal("not renewed")
	}
	before, after := f.claims(old), f.claims(renewed)
	if after.SessionID != before.SessionID || after.IssuedAt != before.IssuedAt || after.ExpiresAt != before.ExpiresAt || after.IdleAt <= before.IdleAt {
		t.Errorf("%+v became %+v", before, after)
	}
	f.signOut(renewed)
	if f.known(old) != nil {
		t.Error("the session has ended, and an earlier cookie of it is taken")
	}
	if f.known(used(2*time.Hour+time.Second)) != nil {
		t.Error("an idle session is taken")
	}
}

// TestOperatorEndsSessions: of one user, by address or id, or of all.
func TestOperatorEndsSessions(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.user()
	f.signUp("eve@example.com", goodPassword)
	for who, want := range map[string][2]bool{ // who is signed in afterwards
		" Ada@example.com": {false, true}, "2": {true, false}, "": {false, false},
	} {
		ada := f.signIn(goodEmail, goodPassword, home).Cookie(session.CookieName)
		eve := f.signIn("eve@example.com", goodPassword, home).Cookie(session.CookieName)
		f.Announced()
		n, err := f.EndSessions(t.Context(), who)
		f.Must(err)
		if got := [2]bool{f.known(ada) != nil, f.known(eve) != nil}; got != want || len(f.Announced()) != n {
			t.Errorf("%q: signed in are %v, of %d users it ended", who, got, n)
		}
	}
	f.signUp("ada@b\u00fccher.example", goodPassword)
	if n, err := f.EndSessions(t.Context(), "Ada@xn--bcher-kva.example"); n != 1 || err != nil {
		t.Errorf("by another spelling of the address: %d users, %v", n, err)
	}
	f.Announced()
	if _, err := f.EndSessions(t.Context(), "nobody@example.com"); err == nil {
		t.Error("the sessions of nobody ended")
	}
	f.Silent("ending those of nobody")
}
