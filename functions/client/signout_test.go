package client

import (
	"net/http"
	"testing"
)

func TestSignOut(t *testing.T) {
	t.Parallel()
	const cleared = "session=; Path=/; Max-Age=0; HttpOnly"
	v := visitSite(t, answers{"POST /api/users/signout": {{status: http.StatusOK, body: map[string]string{}, header: http.Header{"Set-Cookie": {cleared}}}}}).as(1)
	s := v.post("/auth/signout", nil).leadsTo("/auth/signedout")
	if s.Header.Get("Set-Cookie") != cleared {
		t.Error(s.Header)
	}
	if got := v.services.one(t, "POST /api/users/signout").Header.Get("Cookie"); got != "session="+v.cookie.Value {
		t.Error("auth cannot tell which session:", got)
	}
	v.get("/auth/signedout").leadsTo("/")
	v.cookie = nil
	v.get("/auth/signedout").is(http.StatusOK, "You are signed out", "Sign in")
}
