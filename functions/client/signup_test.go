package client

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/config"
)

func credentials(email, password, back string) url.Values {
	return url.Values{"email": {email}, "password": {password}, "return": {back}}
}

const sessionCookie = "session=abc; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax"

func TestSignUp(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"POST /api/users/signup": {{status: http.StatusCreated, body: map[string]string{"message": "User created."}, header: http.Header{"Set-Cookie": {sessionCookie}}}}})
	v.get("/auth/signup?return=/tickets/3").is(http.StatusOK, `name="return" value="/tickets/3"`, `autocomplete="new-password"`, `href="/auth/signin?return=%2ftickets%2f3"`)
	s := v.ask(http.MethodPost, "/auth/signup", credentials(" Ada@Example.com", "pass word & more", "/tickets/3"), http.Header{"X-Forwarded-For": {"9.9.9.9", "10.0.0.1"}}).leadsTo("/tickets/3")
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
	v.post("/auth/signup", credentials("a@b.de", "correct horse", "https://evil.example")).leadsTo("/")
}

func TestSignUpRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		email, password string
		answer          []reply
		status          int
		says            []string
	}{
		"nothing": {"", "", nil, 400, []string{"Enter an e-mail address", "Choose a password of 8 to 128", `id="email-problem"`, `aria-describedby=" email-problem"`, `aria-describedby="password-hint password-problem"`}},
		"no dot":  {"ada@example", "correct horse", nil, 400, []string{`value="ada@example"`, "Enter an e-mail address", "!Choose a password", "!correct horse"}},
		"two @":   {"a@b@example.com", "correct horse", nil, 400, []string{"Enter an e-mail address"}},
		"long":    {strings.Repeat("a", 60) + "@b.de", "correct horse", nil, 400, []string{"Enter an e-mail address"}},
		"short":   {"ada@example.com", "1234567", nil, 400, []string{"Choose a password of 8 to 128", "!Enter an e-mail"}},
		"longer":  {"ada@example.com", strings.Repeat("ä", 129), nil, 400, []string{"Choose a password of 8 to 128"}},
		"common":  {"ada@example.com", "password", refuse(400, "Invalid credentials.", "invalid_credentials"), 400, []string{"Choose another password", `value="ada@example.com"`, "!&#34;password&#34;"}},
		"taken":   {"ada@example.com", "correct horse", refuse(409, "Email already exists.", "email_already_exists"), 409, []string{"There is an account with this e-mail address", `id="email-problem"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := visitSite(t, answers{"POST /api/users/signup": c.answer}, config.Values{})
			s := v.post("/auth/signup", credentials(c.email, c.password, "/orders")).is(c.status, c.says...)
			s.is(c.status, `aria-invalid="true"`, `value="/orders"`)
			if n := strings.Count(s.body, " autofocus"); n != 1 {
				t.Errorf("the cursor is in %d fields", n)
			}
			if asked := len(v.services.got); asked > 0 != (c.answer != nil) {
				t.Errorf("asked %d times", asked)
			}
		})
	}
}
