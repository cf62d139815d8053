package client

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
)

func TestHeaders(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"GET /api/tickets": ok([]event.Ticket{}), "GET /api/tickets/3": ok(aTicket())}, config.Values{"SESSION_SECURE": "true"})
	for _, path := range []string{"/", "/auth/signin", "/tickets/3", "/tickets/3/state", "/orders", "/nothing", "/tickets/0", "/assets/none"} {
		h := v.get(path).Header
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
			"Strict-Transport-Security": "max-age=31536000",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, h.Get(name))
			}
		}
		csp := h.Get("Content-Security-Policy")
		if !strings.HasPrefix(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") || strings.Contains(csp, "stripe") {
			t.Errorf("%s: %s", path, csp)
		}
		if path != "/assets/none" && h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %s", path, h.Get("Cache-Control"))
		}
	}
	plain := visitSite(t, answers{}, config.Values{"SESSION_SECURE": "false"})
	if hsts := plain.get("/auth/signin").Header.Get("Strict-Transport-Security"); hsts != "" {
		t.Error("without TLS:", hsts)
	}
}

var nonces = regexp.MustCompile(`nonce[-=]["']?([A-Z2-7]+)`)

func TestNonce(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{})
	seen := map[string]bool{}
	for range 3 {
		s := v.get("/auth/signin")
		policy := nonces.FindStringSubmatch(s.Header.Get("Content-Security-Policy"))
		if policy == nil || seen[policy[1]] {
			t.Fatal("no nonce of its own:", policy)
		}
		seen[policy[1]] = true
		if n := strings.Count(s.body, `nonce="`+policy[1]+`"`); n != 2 {
			t.Errorf("%d elements with the nonce in\n%s", n, s.body)
		}
		if strings.Contains(s.body, "<style") || strings.Contains(s.body, " style=") || regexp.MustCompile(`<script[^>]*>[^<]|\son[a-z]+=`).MatchString(s.body) {
			t.Error("something inline in", s.body)
		}
	}
}

func TestOtherSitesCannotPost(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{}).as(1)
	for _, path := range []string{"/auth/signout", "/tickets/new", "/tickets/3/order", "/orders/7/cancel", "/orders/7/pay"} {
		v.ask(http.MethodPost, path, nil, http.Header{"Sec-Fetch-Site": {"cross-site"}}).is(http.StatusForbidden)
		v.ask(http.MethodPost, path, nil, http.Header{"Origin": {"https://evil.example"}}).is(http.StatusForbidden)
	}
	if len(v.services.got) != 0 {
		t.Error("a service was asked")
	}
}
