package client

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
)

func TestAccounts(t *testing.T) {
	t.Parallel()
	const emailProblem, passwordProblem = "Enter an e-mail address", "Choose a password of 8 to 128"
	signUp := func(email, password string) string {
		return "POST /auth/signup" + filled("email", email, "password", password, "return", "/orders?after=3")
	}
	signIn := "POST /auth/signin" + filled("email", "ada@example.com", "password", "wrong-word", "return", "/orders")
	up := func(answer any) answers { return answers{"POST /api/users/signup": answer} }
	in := func(answer any) answers { return answers{"POST /api/users/signin": answer} }
	invalid := api.ErrInvalidCredentials
	often := apierror.New(429, "Too many attempts.")
	often.RetryAfter = 700 * time.Second
	play(t, nil, nil, []scene{
		{"sign up", 0, "GET /auth/signup?return=/tickets/3", nil, 200, `name="return" value="/tickets/3"|autocomplete="new-password"|href="/auth/signin?return=%2ftickets%2f3"`, ""},
		{"signed up", 0, signUp(" Ada@Example.com", "pass word & more"), up(reply{}), 0, "/orders?after=3", `POST /api/users/signup {"email":" Ada@Example.com","password":"pass word \u0026 more"}`},
		{"signed up from afar", 0, "POST /auth/signup" + filled("email", "a@b.de", "password", "correct horse", "return", "https://evil.example"), up(reply{}), 0, "/", ""},
		{"both wrong", 0, signUp("ada@example", "<short"), up(invalid.On("email", "").On("password", "")), 400, emailProblem + "|" + passwordProblem + `|value="ada@example"|!<short|!short"|aria-invalid="true" aria-describedby="email-problem" autofocus|id="email-problem"|aria-describedby="password-hint password-problem">|value="/orders?after=3"`, ""},
		{"e-mail wrong", 0, signUp("", "correct horse"), up(invalid.On("email", "")), 400, emailProblem + "|!Choose|!correct horse", ""},
		{"password wrong", 0, signUp("ada@example.com", "password"), up(invalid.On("password", "")), 400, passwordProblem + `|!Enter an e-mail|password-problem" autofocus|!&#34;password&#34;`, ""},
		{"taken", 0, signUp("ada@example.com", "correct horse"), up(api.ErrEmailExists), 409, `There is an account with this e-mail address|id="email-problem"`, ""},
		{"too many", 0, signUp("ada@example.com", "correct horse"), up(often), 429, `Please try again in 12 minutes.|value="ada@example.com"|!correct horse`, ""},
		{"sign in", 0, "GET /auth/signin?return=//evil", nil, 200, `name="return" value="/"|autocomplete="current-password"`, ""},
		{"signed in", 0, signIn, in(reply{}), 0, "/orders", `POST /api/users/signin {"email":"ada@example.com","password":"wrong-word"}`},
		{"empty", 0, "POST /auth/signin", nil, 400, "Enter your e-mail address.|Enter your password.", ""},
		{"wrong", 0, signIn, in(api.ErrInvalidCredentials), 400, `do not belong together|value="ada@example.com"|!wrong-word|value="/orders"|aria-describedby="form-problem"|role="alert"`, ""},
		{"too often", 0, signIn, in(often), 429, "Please try again in 12 minutes.", ""},
		{"signed out", 1, "POST /auth/signout", answers{"POST /api/users/signout": reply{}}, 0, "/auth/signedout", "POST /api/users/signout"},
		{"good-bye", 0, "GET /auth/signedout", nil, 200, "You are signed out|Sign in", ""},
		{"good-bye too early", 1, "GET /auth/signedout", nil, 0, "/", ""},
	})
}

// TestCookies: the site hands auth's on, and says for whom it asks.
func TestCookies(t *testing.T) {
	t.Parallel()
	cookies := []string{"session=abc; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax", "second=1"}
	r := reply{header: http.Header{"Set-Cookie": cookies}}
	v := visitSite(t, answers{"POST /api/users/signup": r, "POST /api/users/signin": r, "POST /api/users/signout": r}, nil)
	for i, c := range []struct{ ask, from, cookie string }{
		{"POST /auth/signup" + filled("email", "ada@example.com", "password", "correct horse"), "9.9.9.9, 10.0.0.1, 127.0.0.1", "device=d"},
		{"POST /auth/signin" + filled("email", "ada@example.com", "password", "x"), "9.9.9.9, 10.0.0.1, 127.0.0.1", "device=d"},
		{"POST /auth/signout", "", "session=xyz"},
	} {
		s := v.ask(c.ask, http.Header{"X-Forwarded-For": {"9.9.9.9", "10.0.0.1"}, "Cookie": {"device=d; " + c.cookie}})
		if got := s.Header.Values("Set-Cookie"); !slices.Equal(got, cookies) {
			t.Errorf("%s: %q", c.ask, got)
		}
		got := v.services.got[i].Header
		if from := strings.Join(got.Values("X-Forwarded-For"), ", "); from != c.from || got.Get("Cookie") != c.cookie {
			t.Errorf("%s: %v", c.ask, got)
		}
	}
}
