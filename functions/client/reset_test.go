package client

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
)

func TestForgottenPassword(t *testing.T) {
	t.Parallel()
	asked := func(answer any) answers { return answers{"POST /api/users/password/reset-request": answer} }
	set := func(answer any) answers { return answers{"POST /api/users/password/reset": answer} }
	send := "POST /auth/forgot" + filled("email", "ada@example.com")
	reset := "POST /reset/a.b.c" + filled("password", "old <word>")
	const secrets = "|!old &lt;word|!old <word"
	play(t, nil, nil, []scene{
		{"from signing in", 0, "GET /auth/signin", nil, 200, `href="/auth/forgot"`, ""},
		{"form", 0, "GET /auth/forgot", nil, 200, `autocomplete="email"|action="/auth/forgot"|!problem`, ""},
		{"asked", 0, send, asked(reply{status: 202}), 200, "If there is an account for this address, a mail is on its way.|!ada@", `POST /api/users/password/reset-request {"email":"ada@example.com"}`},
		{"no address", 0, "POST /auth/forgot" + filled("email", "ada"), asked(api.ErrInvalidEmail), 400, `Enter an e-mail address|value="ada"`, ""},
		{"too often", 0, send, asked(api.ErrTooManyAttempts.After(90 * time.Second)), 429, `Please try again in 2 minutes|value="ada@`, ""},
		{"away", 0, send, asked(apierror.Unavailable(nil)), 503, `what you typed is still here|value="ada@`, ""},
		{"link", 0, "GET /reset/a.b.c", nil, 200, `action="/reset/a.b.c"|autocomplete="new-password"|At least 8 characters|!problem`, ""},
		{"link, signed in", 2, "GET /reset/a.b.c", nil, 200, `action="/reset/a.b.c"`, ""},
		{"set", 0, reset, set(reply{}), 200, `Your password is changed|Webhooks go on|href="/auth/signin"` + secrets, `POST /api/users/password/reset {"password":"old \u003cword\u003e","token":"a.b.c"}`},
		{"set, signed in as another", 2, reset, set(reply{}), 200, `Your password is changed|Sign out` + secrets, ""},
		{"weak", 0, reset, set(api.ErrInvalidCredentials.On("password", "")), 400, `Choose a password of|action="/reset/a.b.c"` + secrets, ""},
		{"used", 0, reset, set(api.ErrInvalidLink), 400, `This link does not work|used before|href="/auth/forgot"|!<form` + secrets, ""},
		{"expired", 0, reset, set(api.ErrLinkExpired), 400, `This link has expired|href="/auth/forgot"` + secrets, ""},
		{"not set", 0, reset, set(apierror.Unavailable(nil)), 503, `action="/reset/a.b.c"|Nothing is lost` + secrets, ""},
	})
}

// TestResetSignsOut: who was signed in is not shown so, and has no cookie any more.
func TestResetSignsOut(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"POST /api/users/password/reset": reply{}}, nil).as(2)
	v.services.revokes = "POST /api/users/password/reset"
	a := v.ask("POST /reset/a.b.c"+filled("password", "correct horse"), nil).is(200, "Your password is changed", "!Sign out", "!ada@")
	if !strings.Contains(strings.Join(a.Header.Values("Set-Cookie"), ";"), "session=;") {
		t.Errorf("cookies %q", a.Header.Values("Set-Cookie"))
	}
}

func TestConfirmingAnAddress(t *testing.T) {
	t.Parallel()
	confirmed := func(answer any) answers { return answers{"POST /api/users/confirm": answer} }
	again := func(answer any) answers { return answers{"POST /api/users/confirm/request": answer} }
	account := func(answer any) answers {
		return answers{"GET /api/users/sessions": openSessions, "GET /api/users/account": answer}
	}
	play(t, nil, nil, []scene{
		{"link", 0, "GET /confirm/a.b.c", nil, 200, `method="post" action="/confirm/a.b.c"`, ""},
		{"pressed", 0, "POST /confirm/a.b.c", confirmed(reply{}), 200, "Your address is confirmed", `POST /api/users/confirm {"token":"a.b.c"}`},
		{"no link of ours", 0, "POST /confirm/a.b.c", confirmed(api.ErrInvalidLink), 400, `This link does not work|href="/account"`, ""},
		{"expired", 0, "POST /confirm/a.b.c", confirmed(api.ErrLinkExpired), 400, `This link has expired|href="/account"`, ""},
		{"away", 0, "POST /confirm/a.b.c", confirmed(apierror.Unavailable(nil)), 503, `method="post" action="/confirm/a.b.c"|Nothing is lost`, ""},
		{"not confirmed", 2, "GET /account", account(map[string]any{"confirmed": false}), 200, `Not confirmed|action="/account/confirm"`, ""},
		{"confirmed", 2, "GET /account", account(map[string]any{"confirmed": true}), 200, `>Confirmed|!action="/account/confirm"`, ""},
		{"not known", 2, "GET /account", account(apierror.ErrNotFound), 200, `Firefox on Linux|!onfirmed|!action="/account/confirm"`, ""},
		{"again", 2, "POST /account/confirm" + filled("for", "2"), again(reply{status: 202}), 200, "A mail is on its way to ada@example.com", "POST /api/users/confirm/request"},
		{"meanwhile", 2, "POST /account/confirm", again(api.ErrConfirmed), 0, "/account", ""},
		{"too often", 2, "POST /account/confirm", again(api.ErrTooManyAttempts.After(time.Minute)), 429, `Please try again in 1 minute|href="/account"`, ""},
	})
}

// TestSecretAddresses: an address from a mail is on no page but for its own forms, and no other page or site gets it as its referrer.
func TestSecretAddresses(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"POST /api/users/password/reset": api.ErrLinkExpired, "POST /api/users/confirm": reply{}, "POST /api/notifications/unsubscribe": reply{}}, nil)
	for _, path := range secretAddresses {
		for _, method := range []string{"GET ", "POST "} {
			for _, header := range []http.Header{{}, {"Sec-Fetch-Site": {"cross-site"}}, {"Sec-Fetch-Site": {"same-origin"}}} {
				s := v.ask(method+path+"the.secret.token", header)
				if got := s.Header.Get("Referrer-Policy"); got != "strict-origin" {
					t.Errorf("%s%s: %q", method, path, got)
				}
				for _, of := range []string{`action="` + path, `href="` + path} {
					s.body = strings.ReplaceAll(s.body, of+`the.secret.token"`, "")
				}
				if strings.Contains(s.body, "secret") {
					t.Errorf("%s%s: %s", method, path, s.body)
				}
			}
		}
	}
}

// TestResetCountsVisitors: auth learns where who asks for a mail is, which it limits.
func TestResetCountsVisitors(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"POST /api/users/password/reset-request": reply{}, "POST /api/users/confirm/request": reply{}, "POST /api/users/password/reset": reply{}}, nil).as(2)
	for i, ask := range []string{"POST /auth/forgot email=a@b.de", "POST /account/confirm", "POST /reset/a.b.c password=x"} {
		v.ask(ask, http.Header{"X-Forwarded-For": {"9.9.9.9"}}).is(200)
		if got := v.services.got[i].Header; len(got.Values("X-Forwarded-For")) != 2 {
			t.Errorf("%s: %v", ask, got)
		}
	}
}
