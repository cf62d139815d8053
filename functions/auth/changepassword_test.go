package auth

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/session"
)

const changed = "Password changed."

func (f fixture) change(current, next string, cookies ...*http.Cookie) functiontest.Answer {
	header := http.Header{"X-Forwarded-For": {home}}
	for _, c := range cookies {
		header["Cookie"] = []string{strings.TrimPrefix(header.Get("Cookie")+"; "+c.Name+"="+c.Value, "; ")}
	}
	return f.Send("POST", "/api/users/password", functiontest.Text(map[string]string{"currentPassword": current, "newPassword": next}), header)
}

func TestChangePassword(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	mine := f.user()
	elsewhere := f.said(f.signIn(goodEmail, goodPassword, home), 200, welcome).Cookie(session.CookieName)
	const next = "staple, battery horse"
	a := f.change(goodPassword, next, mine)
	fresh := a.Cookie(session.CookieName)
	if got := functiontest.Parse[struct{ Message string }](t, a, 200).Message; got != changed || fresh == nil || f.known(fresh) == nil {
		t.Fatalf("%q with cookie %v", got, fresh)
	}
	for name, c := range map[string]*http.Cookie{"the session that asked": mine, "another session": elsewhere} {
		if f.known(c) != nil {
			t.Errorf("%s lives", name)
		}
		functiontest.Refused(t, name, f.change(next, goodPassword, c), 401, "Not authorized.")
	}
	f.said(f.signIn(goodEmail, goodPassword, home), 400, invalid)
	f.said(f.signIn(goodEmail, next, home), 200, welcome)
}

func TestChangePasswordRefuses(t *testing.T) {
	t.Parallel()
	f := start(t, config.Values{"SIGNIN_ATTEMPTS_PER_ACCOUNT": "3"})
	mine := f.user()
	before := value[string](f, `SELECT password_hash FROM users`)
	functiontest.Refused(t, "nobody", f.change(goodPassword, "staple, battery horse"), 401, "Not authorized.")
	for next, field := range map[string]string{"short": "newPassword", "Ticketing2026": "newPassword", "ada@example.com": "newPassword", "staple, battery horse": "currentPassword"} {
		a := f.change("wrong password", next, mine)
		functiontest.Refused(t, next, a, 400, invalid)
		if !strings.Contains(a.Body, fmt.Sprintf(`"fields":[{"name":%q,`, field)) {
			t.Errorf("%s: %s", next, a.Body)
		}
	}
	// A guess by a stolen session is a guess: one was counted, of the four that were not by the rules none.
	for range 2 {
		functiontest.Refused(t, "a guess", f.change("wrong password", "staple, battery horse", mine), 400, invalid)
	}
	functiontest.Refused(t, "too many guesses", f.change(goodPassword, "staple, battery horse", mine), 429, tooMany)
	if value[string](f, `SELECT password_hash FROM users`) != before || f.known(mine) == nil {
		t.Error("a refusal changed the password, or ended the session")
	}
}

// TestChangesAtOnce: of several changes from one password, one succeeds, and no session of the others lives.
func TestChangesAtOnce(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	device := f.signUp(goodEmail, goodPassword)
	mine, known := device.Cookie(session.CookieName), device.Cookie(deviceCookie)
	got := functiontest.AtOnce(t, 4, func(i int) functiontest.Answer {
		return f.change(goodPassword, fmt.Sprintf("staple, battery horse %d", i), mine, known)
	})
	if got["200 "+changed] != 1 {
		t.Errorf("%v", got)
	}
	if n := value[int](f, `SELECT count(*) FROM sessions WHERE ended_at IS NULL`); n != 1 {
		t.Errorf("%d sessions live", n)
	}
}
