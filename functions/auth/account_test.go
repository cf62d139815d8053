package auth

import (
	"net/http"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/maillink"
	"github.com/gittix/ticketing/shared/session"
)

// mailed returns the one mail that was asked for since the last time, of the events of that time.
func (f fixture) mailed() event.MailRequest {
	f.t.Helper()
	var mails []event.MailRequest
	for _, e := range f.Announced() {
		if e.Type() == string(event.AuthMailRequested) {
			mails = append(mails, functiontest.Data(f.t, event.AuthMailRequested, e))
		}
	}
	if len(mails) != 1 {
		f.t.Fatalf("%d mails, not one: %v", len(mails), mails)
	}
	return mails[0]
}

// linkOf returns the token that a mail brings.
func (f fixture) linkOf(m event.MailRequest) string {
	f.t.Helper()
	purpose := map[event.MailKind]maillink.Purpose{event.MailReset: maillink.Reset, event.MailConfirm: maillink.Confirm}[m.Kind]
	token, err := f.links.Sign(maillink.Link{Purpose: purpose, ID: m.ID, UserID: m.UserID, ExpiresAt: m.ExpiresAt.Time})
	f.Must(err)
	return token
}

func (f fixture) confirm(token string) functiontest.Answer {
	return f.Call(0, "POST", "/api/users/confirm", functiontest.Text(map[string]string{"token": token}))
}

func (f fixture) account(c *http.Cookie) Account {
	f.t.Helper()
	return functiontest.Parse[Account](f.t, f.Send("GET", "/api/users/account", "", holding(c)), 200)
}

func (f fixture) confirmAgain(c *http.Cookie) functiontest.Answer {
	header := holding(c)
	if header != nil {
		header.Set("X-Forwarded-For", home)
	}
	return f.Send("POST", "/api/users/confirm/request", "", header)
}

// TestSignUpIsAnnounced: the account, and a mail that confirms it.
func TestSignUpIsAnnounced(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.said(f.signUp(goodEmail, goodPassword), 201, "User created.")
	events := f.Announced()
	if len(events) != 2 {
		t.Fatalf("announced %v", events)
	}
	if a := functiontest.Data(t, event.AuthAccountChanged, events[0]); a != (event.Account{UserID: 1, Email: goodEmail}) {
		t.Errorf("announced %+v", a)
	}
	m := functiontest.Data(t, event.AuthMailRequested, events[1])
	if m.UserID != 1 || m.Kind != event.MailConfirm || time.Until(m.ExpiresAt.Time) < 6*24*time.Hour {
		t.Errorf("announced %+v", m)
	}
	f.said(f.signUp(goodEmail, goodPassword), 409, "Email already exists.")
	f.Silent("a refused sign-up")
}

func TestConfirmEmail(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	mine := f.said(f.signUp(goodEmail, goodPassword), 201, "User created.").Cookie(session.CookieName)
	token := f.linkOf(f.mailed())
	if a := f.account(mine); a.ID != 1 || a.Email != goodEmail || a.Confirmed {
		t.Errorf("%+v", a)
	}
	f.said(f.confirm(token), 200, "Email confirmed.")
	functiontest.Announced(t, f.Run, event.AuthAccountChanged, event.Account{UserID: 1, Email: goodEmail, Confirmed: true, Version: 1}, 0)
	f.said(f.confirm(token), 200, "Email confirmed.")
	f.Silent("confirming again")
	if !f.account(mine).Confirmed {
		t.Error("it is not confirmed")
	}
	functiontest.Refused(t, "another mail", f.confirmAgain(mine), 409, "Email already confirmed.")
}

func TestConfirmEmailRefuses(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.said(f.signUp(goodEmail, goodPassword), 201, "User created.")
	m := f.mailed()
	old, reset := m, m
	old.ExpiresAt.Time = time.Now().Add(-time.Second)
	reset.Kind = event.MailReset
	for token, message := range map[string]string{"": "Invalid link.", f.linkOf(m) + "x": "Invalid link.", f.linkOf(reset): "Invalid link.", f.linkOf(old): "Link expired."} {
		f.said(f.confirm(token), 400, message)
	}
	f.said(f.Call(0, "POST", "/api/users/confirm", `{"token":7}`), 400, "Invalid link.")
	f.Silent("nothing that confirms")
}

// TestConfirmAgain: for who is signed in, as often as there are mails for an account.
func TestConfirmAgain(t *testing.T) {
	t.Parallel()
	f := start(t, map[string]string{"MAILS_PER_ACCOUNT": "2"})
	mine := f.user()
	functiontest.Refused(t, "nobody", f.confirmAgain(nil), 401, "Not authorized.")
	f.said(f.confirmAgain(mine), 202, "Mail requested.")
	first := f.mailed()
	f.said(f.confirmAgain(mine), 202, "Mail requested.")
	f.Announced()
	if a := f.said(f.confirmAgain(mine), 429, tooMany); a.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	f.Silent("too many mails")
	f.said(f.confirm(f.linkOf(first)), 200, "Email confirmed.") // an older link confirms, too
}

// TestRestoreAnnouncesAccounts: each as it is, also of users from before accounts were announced.
func TestRestoreAnnouncesAccounts(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.said(f.signUp(goodEmail, goodPassword), 201, "User created.")
	f.said(f.confirm(f.linkOf(f.mailed())), 200, "Email confirmed.")
	f.exec(`INSERT INTO users (email, password_hash) VALUES ('old@example.com', 'of an older version')`)
	f.Announced()
	for range 2 {
		n, err := f.Run.Restore().Announce(t.Context(), time.Now().Add(time.Hour))
		f.Must(err)
		var accounts []event.Account
		for _, e := range f.Announced() {
			accounts = append(accounts, functiontest.Data(t, event.AuthAccountChanged, e))
		}
		if len(accounts) != 2 || n != 2 || accounts[0] != (event.Account{UserID: 1, Email: goodEmail, Confirmed: true, Version: 1}) ||
			accounts[1] != (event.Account{UserID: 2, Email: "old@example.com"}) {
			t.Errorf("announced %+v, and says %d", accounts, n)
		}
	}
}
