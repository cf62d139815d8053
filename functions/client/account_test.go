package client

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/timestamp"
)

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

var openSessions = []map[string]any{
	{"id": "ONE", "current": true, "agent": "curl/8.5 <b>", "network": "192.0.2.0/24", "createdAt": timestamp.Of(now)},
	{"id": "TWO", "current": false, "agent": firefox, "network": "2001:db8::/48", "createdAt": timestamp.Of(now.Add(-time.Hour))},
}

func TestAccountPage(t *testing.T) {
	t.Parallel()
	all := answers{"GET /api/users/sessions": openSessions}
	change := func(answer any) answers { return answers{"POST /api/users/password": answer} }
	end := func(answer any) answers {
		return answers{"POST /api/users/sessions/TWO/../end": answer, "POST /api/users/sessions/TWO/end": answer}
	}
	send := "POST /account/password" + filled("currentPassword", "old <word>", "newPassword", "correct horse", "for", "2")
	const secrets = "|!old &lt;word|!old <word|!correct horse"
	often := api.ErrTooManyAttempts.After(90 * time.Second)
	play(t, nil, all, []scene{
		{"shown", 2, "GET /account", nil, 200, `ada@example.com|curl/8.5 &lt;b&gt;|This browser|Firefox on Linux|2001:db8::/48|name="session" value="TWO"|!value="ONE"|` +
			`autocomplete="current-password"|autocomplete="new-password"|autocomplete="username" value="ada@example.com" hidden|!problem`, "GET /api/notifications/preferences"},
		{"changed", 2, send, change(reply{}), 200, "Your password is changed|Wherever else you were signed in" + secrets, `POST /api/users/password {"currentPassword":"old \u003cword\u003e","newPassword":"correct horse"}`},
		{"wrong password", 2, send, change(api.ErrInvalidCredentials.On("currentPassword", "")), 400, "This is not your password.|!Choose a password|Firefox on Linux" + secrets, ""},
		{"weak password", 2, send, change(api.ErrInvalidCredentials.On("newPassword", "")), 400, "Choose a password of|!This is not your password" + secrets, ""},
		{"too often", 2, send, change(often), 429, "There were too many attempts. Please try again in 2 minutes." + secrets, ""},
		{"ended", 2, "POST /account/sessions" + filled("session", "TWO"), end(reply{}), 0, "/account", "POST /api/users/sessions/TWO/end"},
		{"ended before", 2, "POST /account/sessions" + filled("session", "TWO"), end(api.ErrNoSuchSession), 0, "/account", ""},
		{"no path", 2, "POST /account/sessions" + filled("session", "TWO/.."), end(reply{}), 0, "/account", "POST /api/users/sessions/TWO%2F../end"},
	})
}

// TestPasswordChangeOpensSession: the browser gets the cookie of the session that replaces its own.
func TestPasswordChangeOpensSession(t *testing.T) {
	t.Parallel()
	cookies := []string{"session=abc; Path=/; HttpOnly"}
	v := visitSite(t, answers{"POST /api/users/password": reply{header: http.Header{"Set-Cookie": cookies}}}, nil).as(2)
	s := v.ask("POST /account/password"+filled("currentPassword", "x", "newPassword", "y"), http.Header{"X-Forwarded-For": {"9.9.9.9"}})
	if got := s.is(200).Header.Values("Set-Cookie"); !slices.Equal(got, cookies) {
		t.Error(got)
	}
	if got := v.services.got[0].Header; len(got.Values("X-Forwarded-For")) != 2 {
		t.Error("auth does not learn where the visitor is:", got)
	}
}

func TestDevices(t *testing.T) {
	t.Parallel()
	for agent, want := range map[string]string{
		firefox: "Firefox on Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Edg/138.0":               "Edge on Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36":                         "Chrome on Windows",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36":     "Samsung Internet on Android",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1": "Safari on iPhone",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15":                   "Safari on macOS",
		"curl/8.5.0": "curl/8.5.0", "": "An unknown device",
	} {
		if got := device(agent); got != want {
			t.Errorf("%s is %q, not %q", agent, got, want)
		}
	}
}
