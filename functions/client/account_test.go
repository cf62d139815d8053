package client

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
)

const sessionCookie = "session=abc; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax"

func withCookies(cookies ...string) reply {
	return reply{http.StatusOK, map[string]string{}, http.Header{"Set-Cookie": cookies}}
}

func TestSignUp(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"POST /api/users/signup": withCookies(sessionCookie)})
	v.get("/auth/signup?return=/tickets/3").is(200, `name="return" value="/tickets/3"`, `autocomplete="new-password"`, `href="/auth/signin?return=%2ftickets%2f3"`)
	form := url.Values{"email": {" Ada@Example.com"}, "password": {"pass word & more"}, "return": {"/tickets/3"}}
	s := v.ask(http.MethodPost, "/auth/signup", form, http.Header{"X-Forwarded-For": {"9.9.9.9", "10.0.0.1"}}).leadsTo("/tickets/3")
	if got := s.Header.Values("Set-Cookie"); len(got) != 1 || got[0] != sessionCookie {
		t.Error(got)
	}
	got := v.services.one(t, "POST /api/users/signup")
	if got.body != `{"email":" Ada@Example.com","password":"pass word \u0026 more"}` || got.Header.Get("Content-Type") != "application/json" {
		t.Error(got.body, got.Header)
	}
	if from := strings.Join(got.Header.Values("X-Forwarded-For"), ", "); from != "9.9.9.9, 10.0.0.1, 127.0.0.1" {
		t.Error(from)
	}
	v.post("/auth/signup", "email", "a@b.de", "password", "correct horse", "return", "https://evil.example").leadsTo("/")
}

func TestSignUpRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		email, password string
		answer          any
		status          int
		says            []string
	}{
		"nothing": {"", "", nil, 400, []string{"Enter an e-mail address", "Choose a password of 8 to 128", `aria-describedby="email-problem"`, `aria-describedby="password-hint password-problem"`}},
		"no dot":  {"ada@example", "correct horse", nil, 400, []string{`value="ada@example"`, "Enter an e-mail address", "!Choose a password", "!correct horse"}},
		"two @":   {"a@b@example.com", "correct horse", nil, 400, []string{"Enter an e-mail address"}},
		"long":    {strings.Repeat("a", 60) + "@b.de", "correct horse", nil, 400, []string{"Enter an e-mail address"}},
		"short":   {"ada@example.com", "1234567", nil, 400, []string{"Choose a password of 8 to 128", "!Enter an e-mail"}},
		"longer":  {"ada@example.com", strings.Repeat("ä", 129), nil, 400, []string{"Choose a password of 8 to 128"}},
		"common":  {"ada@example.com", "password", api.ErrInvalidCredentials, 400, []string{"Choose another password", `value="ada@example.com"`, "!&#34;password&#34;"}},
		"taken":   {"ada@example.com", "correct horse", api.ErrEmailExists, 409, []string{"There is an account with this e-mail address", `id="email-problem"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := visitSite(t, answers{"POST /api/users/signup": c.answer})
			s := v.post("/auth/signup", "email", c.email, "password", c.password, "return", "/orders")
			s.is(c.status, append(c.says, `aria-invalid="true"`, `value="/orders"`)...)
			if n := strings.Count(s.body, " autofocus"); n != 1 {
				t.Errorf("the cursor is in %d fields", n)
			}
			if asked := len(v.services.got); asked > 0 != (c.answer != nil) {
				t.Errorf("asked %d times", asked)
			}
		})
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	often := apierror.New(http.StatusTooManyRequests, "Too many attempts.")
	often.RetryAfter = 700 * time.Second
	v := visitSite(t, answers{"POST /api/users/signin": turns{withCookies(sessionCookie, "second=1"), api.ErrInvalidCredentials, often}})
	v.get("/auth/signin?return=//evil").is(200, `name="return" value="/"`, `autocomplete="current-password"`)
	v.post("/auth/signin").is(400, "Enter your e-mail address.", "Enter your password.")
	s := v.post("/auth/signin", "email", "ada@example.com", "password", "x", "return", "/orders?after=3").leadsTo("/orders?after=3")
	if got := s.Header.Values("Set-Cookie"); len(got) != 2 || got[0] != sessionCookie || got[1] != "second=1" {
		t.Error(got)
	}
	if from := v.services.one(t, "POST /api/users/signin").Header.Get("X-Forwarded-For"); from != "127.0.0.1" {
		t.Error(from)
	}
	v.post("/auth/signin", "email", "ada@example.com", "password", "wrong-word", "return", "/orders").is(400,
		"do not belong together", `value="ada@example.com"`, "!wrong-word", `value="/orders"`, `aria-describedby="form-problem"`, `role="alert"`)
	s = v.post("/auth/signin", "email", "ada@example.com", "password", "wrong-word").is(429, "Please try again in 12 minutes.")
	if s.Header.Get("Retry-After") != "700" || s.Header.Get("Set-Cookie") != "" {
		t.Error(s.Header)
	}
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	const cleared = "session=; Path=/; Max-Age=0; HttpOnly"
	v := visitSite(t, answers{"POST /api/users/signout": withCookies(cleared)}).as(1)
	if s := v.post("/auth/signout").leadsTo("/auth/signedout"); s.Header.Get("Set-Cookie") != cleared {
		t.Error(s.Header)
	}
	if got := v.services.one(t, "POST /api/users/signout").Header.Get("Cookie"); got != "session="+v.cookie.Value {
		t.Error("auth cannot tell which session:", got)
	}
	v.get("/auth/signedout").leadsTo("/")
	v.cookie = nil
	v.get("/auth/signedout").is(200, "You are signed out", "Sign in")
}
