package client

import (
	"net/http"
	"testing"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"POST /api/users/signin": {{status: http.StatusOK, body: map[string]string{}, header: http.Header{"Set-Cookie": {sessionCookie, "second=1"}}}}})
	v.get("/auth/signin?return=//evil").is(http.StatusOK, `name="return" value="/"`, `autocomplete="current-password"`)
	s := v.post("/auth/signin", credentials("ada@example.com", "x", "/orders?after=3")).leadsTo("/orders?after=3")
	if got := s.Header.Values("Set-Cookie"); len(got) != 2 || got[0] != sessionCookie || got[1] != "second=1" {
		t.Error(got)
	}
	if from := v.services.one(t, "POST /api/users/signin").Header.Get("X-Forwarded-For"); from != "127.0.0.1" {
		t.Error(from)
	}
}

func TestSignInRefused(t *testing.T) {
	t.Parallel()
	often := refuse(429, "Too many attempts.", "too_many_attempts")
	often[0].header = http.Header{"Retry-After": {"700"}}
	v := visitSite(t, answers{"POST /api/users/signin": append(refuse(400, "Invalid credentials.", "invalid_credentials"), often...)})
	v.post("/auth/signin", credentials("", "", "/")).is(400, "Enter your e-mail address.", "Enter your password.")
	v.post("/auth/signin", credentials("ada@example.com", "wrong-word", "/orders")).is(400,
		"do not belong together", `value="ada@example.com"`, "!wrong-word", `value="/orders"`, `aria-describedby=" form-problem"`, `role="alert"`)
	s := v.post("/auth/signin", credentials("ada@example.com", "wrong-word", "/")).is(429, "Please try again in 12 minutes.")
	if s.Header.Get("Retry-After") != "700" || s.Header.Get("Set-Cookie") != "" {
		t.Error(s.Header)
	}
}
