package auth

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/session"
)

const nextPassword = "staple, battery horse"

// forgot asks for a link from a client address.
func (f fixture) forgot(email, from string) functiontest.Answer {
	return f.Send("POST", "/api/users/password/reset-request", functiontest.Text(map[string]string{"email": email}), http.Header{"X-Forwarded-For": {from}})
}

func (f fixture) reset(token, password string) functiontest.Answer {
	return f.Send("POST", "/api/users/password/reset", functiontest.Text(map[string]string{"token": token, "password": password}), http.Header{"X-Forwarded-For": {home}})
}

func TestResetPassword(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	mine := f.user()
	f.said(f.forgot(" Ada@Example.com", home), 202, "Mail requested.")
	m := f.mailed()
	if m.UserID != 1 || m.Kind != event.MailReset || time.Until(m.ExpiresAt.Time) > 30*time.Minute {
		t.Errorf("%+v", m)
	}
	if f.known(mine) == nil {
		t.Error("asking ended a session")
	}
	f.said(f.reset(f.linkOf(m), nextPassword), 200, "Password changed.")
	events := f.Announced()
	if len(events) != 2 {
		t.Fatalf("announced %v", events)
	}
	if a := functiontest.Data(t, event.AuthAccountChanged, events[0]); !a.Confirmed || a.Version != 1 || a.Generation != 1 {
		t.Errorf("the address that the link came to is not confirmed: %+v", a)
	}
	if s := functiontest.Data(t, event.AuthSessionsEnded, events[1]); s.UserID != 1 || s.Generation != 1 {
		t.Errorf("announced %+v", s)
	}
	if f.known(mine) != nil {
		t.Error("a session lives")
	}
	f.said(f.signIn(goodEmail, goodPassword, home), 400, invalid)
	f.said(f.signIn(goodEmail, nextPassword, home), 200, welcome)
	f.said(f.reset(f.linkOf(m), "a third, good password"), 400, "Invalid link.") // it was used
	f.said(f.signIn(goodEmail, nextPassword, home), 200, welcome)
}

// TestResetLinks: only the last one counts, for its time, and for what it is.
func TestResetLinks(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.said(f.signUp(goodEmail, goodPassword), 201, "User created.")
	confirms := f.mailed()
	f.said(f.signUp("eve@example.com", goodPassword), 201, "User created.")
	f.Announced()
	ask := func(email string) event.MailRequest {
		f.said(f.forgot(email, home), 202, "Mail requested.")
		return f.mailed()
	}
	first, eves, last := ask(goodEmail), ask("eve@example.com"), ask(goodEmail)
	old, another, never := last, eves, last
	old.ExpiresAt.Time, another.UserID, never.ID = time.Now().Add(-time.Second), 1, "never-asked-for"
	for name, c := range map[string]struct{ token, message string }{
		"an older link":                 {f.linkOf(first), "Invalid link."},
		"an expired link":               {f.linkOf(old), "Link expired."},
		"a link that confirms":          {f.linkOf(confirms), "Invalid link."},
		"one of another user":           {f.linkOf(another), "Invalid link."},
		"one that nobody has asked for": {f.linkOf(never), "Invalid link."},
		"none":                          {"", "Invalid link."},
	} {
		functiontest.Refused(t, name, f.reset(c.token, nextPassword), 400, c.message)
	}
	f.exec(`UPDATE password_resets SET expires_at = now() - interval '1 second' WHERE id = $1`, eves.ID)
	functiontest.Refused(t, "expired by the database's clock", f.reset(f.linkOf(eves), nextPassword), 400, "Invalid link.")
	functiontest.Refused(t, "a weak password", f.reset(f.linkOf(last), "ada@example.com"), 400, invalid)
	f.Silent("refused resets")
	f.said(f.reset(f.linkOf(last), nextPassword), 200, "Password changed.") // a refused password has not used it
	f.Must(f.SweepSessions(t.Context()))
	if n := value[int](f, `SELECT count(*) FROM password_resets`); n != 2 {
		t.Errorf("%d links are left", n)
	}
}

// TestResetsAtOnce: of several uses of one link, one succeeds.
func TestResetsAtOnce(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.user()
	f.forgot(goodEmail, home)
	token := f.linkOf(f.mailed())
	got := functiontest.AtOnce(t, 4, func(i int) functiontest.Answer { return f.reset(token, fmt.Sprintf("staple, battery horse %d", i)) })
	if got["200 Password changed."] != 1 || got["400 Invalid link."] != 3 {
		t.Errorf("%v", got)
	}
}

// TestResetTellsNobody: with an address that has an account, the same is answered, stored and announced as with one that has none.
func TestResetTellsNobody(t *testing.T) {
	t.Parallel()
	f := start(t, config.Values{"MAILS_PER_ACCOUNT": "2"})
	f.user()
	type trace struct {
		answers      string
		links, marks int
		events       int
	}
	traces := map[string]trace{}
	for _, email := range []string{goodEmail, "nobody@example.com"} {
		var got trace
		links := value[int](f, `SELECT count(*) FROM password_resets`)
		for range 3 {
			a := f.forgot(email, home)
			got.answers += fmt.Sprintln(a.Status, a.Body, len(a.Header["Set-Cookie"]))
			events := f.Announced()
			got.events += len(events)
			for _, e := range events {
				if m := functiontest.Data(t, event.AuthMailRequested, e); (m.UserID == 1) != (email == goodEmail) {
					t.Errorf("%s: %+v", email, m)
				}
			}
		}
		got.links, got.marks = value[int](f, `SELECT count(*) FROM password_resets`)-links, value[int](f, `SELECT count(*) FROM signin_attempts WHERE count > 1`)
		traces[email] = got
		f.exec(`DELETE FROM signin_attempts`)
	}
	if traces[goodEmail] != traces["nobody@example.com"] || traces[goodEmail].events != 2 {
		t.Errorf("%+v", traces)
	}
	functiontest.Refused(t, "no address", f.forgot("nobody", home), 400, "Invalid email.")
	var of event.MailRequest
	f.said(f.forgot("nobody@example.com", home), 202, "Mail requested.")
	if of = f.mailed(); of.UserID != 0 {
		t.Fatalf("%+v", of)
	}
	functiontest.Refused(t, "nobody's link", f.reset(f.linkOf(of), nextPassword), 400, "Invalid link.")
}

// TestResetsAreLimited: for an account, and from an address; a device that has signed in before has its own.
func TestResetsAreLimited(t *testing.T) {
	t.Parallel()
	f := start(t, config.Values{"MAILS_PER_ACCOUNT": "2", "MAILS_PER_ADDRESS": "4"})
	device := f.signUp(goodEmail, goodPassword).Cookie(deviceCookie)
	for range 2 {
		f.said(f.forgot(goodEmail, home), 202, "Mail requested.")
	}
	if a := f.said(f.forgot(goodEmail, "192.0.2.99"), 429, tooMany); a.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	f.said(f.Send("POST", "/api/users/password/reset-request", functiontest.Text(map[string]string{"email": goodEmail}),
		http.Header{"X-Forwarded-For": {home}, "Cookie": {device.Name + "=" + device.Value}}), 202, "Mail requested.")
	for i := range 2 {
		f.said(f.forgot(fmt.Sprintf("u%d@example.com", i), home), 202, "Mail requested.")
	}
	f.said(f.forgot("u9@example.com", home), 429, tooMany)
	f.said(f.forgot("u9@example.com", "192.0.2.99"), 202, "Mail requested.")
	f.said(f.signIn(goodEmail, goodPassword, home), 200, welcome) // that is another budget
}

// TestDevicesAreLimitedTogether: whoever made an account has as many devices as sign-ins, and the address may be another's.
func TestDevicesAreLimitedTogether(t *testing.T) {
	t.Parallel()
	f := start(t, config.Values{"MAILS_PER_ACCOUNT": "1"})
	f.user()
	ask := func(path string) functiontest.Answer {
		in := f.signIn(goodEmail, goodPassword, home)
		return f.Send("POST", path, functiontest.Text(map[string]string{"email": goodEmail}), http.Header{
			"X-Forwarded-For": {home}, "Cookie": {holding(in.Cookie(session.CookieName)).Get("Cookie"), holding(in.Cookie(deviceCookie)).Get("Cookie")},
		})
	}
	const reset, confirm = "/api/users/password/reset-request", "/api/users/confirm/request"
	for _, path := range []string{reset, confirm, reset, confirm} {
		f.said(ask(path), 202, "Mail requested.")
	}
	f.said(ask(reset), 429, tooMany)
	f.said(ask(confirm), 429, tooMany)
	f.said(f.forgot(goodEmail, home), 202, "Mail requested.") // from no device: that is another budget
}

// TestResetFreesSignIn: who has guessed until no more was allowed signs in with the new password at once.
func TestResetFreesSignIn(t *testing.T) {
	t.Parallel()
	f := start(t, config.Values{"SIGNIN_ATTEMPTS_PER_ACCOUNT": "2"})
	f.user()
	for range 2 {
		f.said(f.signIn(goodEmail, "was it this one?", home), 400, invalid)
	}
	f.said(f.signIn(goodEmail, goodPassword, home), 429, tooMany)
	f.forgot(goodEmail, home)
	f.said(f.reset(f.linkOf(f.mailed()), nextPassword), 200, "Password changed.")
	if c := f.said(f.signIn(goodEmail, nextPassword, home), 200, welcome).Cookie(session.CookieName); f.known(c) == nil {
		t.Error("the new session has ended")
	}
}
