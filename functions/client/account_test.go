package client

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/api"
)

func TestAccountPage(t *testing.T) {
	t.Parallel()
	change := func(answer any) answers { return answers{"POST /api/users/password": answer} }
	send := "POST /account/password" + filled("currentPassword", "old <word>", "newPassword", "correct horse", "for", "2")
	const secrets = "|!old &lt;word|!old <word|!correct horse"
	often := api.ErrTooManyAttempts.After(90 * time.Second)
	play(t, nil, nil, []scene{
		{"shown", 2, "GET /account", nil, 200, `ada@example.com|` +
			`autocomplete="current-password"|autocomplete="new-password"|autocomplete="username" value="ada@example.com" hidden|!problem`, ""},
		{"changed", 2, send, change(reply{}), 200, "Your password is changed|Wherever else you were signed in" + secrets, `POST /api/users/password {"currentPassword":"old \u003cword\u003e","newPassword":"correct horse"}`},
		{"wrong password", 2, send, change(api.ErrInvalidCredentials.On("currentPassword", "")), 400, "This is not your password.|!Choose a password" + secrets, ""},
		{"weak password", 2, send, change(api.ErrInvalidCredentials.On("newPassword", "")), 400, "Choose a password of|!This is not your password" + secrets, ""},
		{"too often", 2, send, change(often), 429, "There were too many attempts. Please try again in 2 minutes." + secrets, ""},
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
