package auth

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// TestBreachedPassword: a range API is told five digits, and its answer is taken; while it gives none, no password is refused.
func TestBreachedPassword(t *testing.T) {
	t.Parallel()
	const leaked, padded = "P@ssw0rd of mine", "another password" // SHA-1 17A13…, 8A2DA…
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for name, c := range map[string]struct {
		handle http.HandlerFunc
		leaks  bool
	}{
		"known": {func(w http.ResponseWriter, r *http.Request) {
			prefix := strings.TrimPrefix(r.URL.Path, "/range/")
			if len(prefix) != 5 || r.Header.Get("Add-Padding") != "true" || r.ContentLength > 0 {
				t.Errorf("asked %s with %v", r.URL, r.Header)
			}
			fmt.Fprintf(w, "0018A45C4D1DEF81644B54AB7F969B88D65:1\r\n%s:3\r\n%s:0\r\n", digits(leaked)[5:], digits(padded)[5:])
		}, true},
		"an error":     {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }, false},
		"endless":      {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("x", 2*breachAnswer)) }, false},
		"not of these": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }, false},
	} {
		server := httptest.NewServer(c.handle)
		t.Cleanup(server.Close)
		b := newBreaches(BreachSettings{LeakedURL: BreachURL(server.URL + "/range")})
		if got := b.has(t.Context(), leaked); got != c.leaks {
			t.Errorf("%s: %v", name, got)
		}
		if b.has(t.Context(), padded) {
			t.Errorf("%s: padding counts", name)
		}
	}
	if newBreaches(BreachSettings{LeakedURL: BreachURL(gone.URL)}).has(t.Context(), leaked) || newBreaches(BreachSettings{}).has(t.Context(), leaked) {
		t.Error("a password leaks although nobody says so")
	}
}

// TestLookingForLeaksCounts: signing up is no free way to ask which passwords have leaked.
func TestLookingForLeaksCounts(t *testing.T) {
	t.Parallel()
	known := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "%s:3\r\n", digits(goodPassword)[5:])
	}))
	t.Cleanup(known.Close)
	f := start(t, config.Values{"SIGNUPS_PER_ADDRESS": "2", "PASSWORD_BREACH_URL": known.URL})
	ask := func() functiontest.Answer {
		return f.Send("POST", "/api/users/signup", credentials(goodEmail, goodPassword), http.Header{"X-Forwarded-For": {home}})
	}
	for range 2 {
		f.said(ask(), 400, invalid)
	}
	f.said(ask(), 429, tooMany)
}
