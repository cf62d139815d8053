package client

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

func settingsOf(s function.Service, e function.Endpoint) []config.Setting {
	return config.Settings(append(s.Settings, e.Settings...)...)
}

func TestSettings(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string][]string{
		"AUTH_API_URL":           {"", "auth:8080", "ftp://auth", "http://auth/path", "http:///"},
		"TICKETS_API_URL":        {"", "http://user:password@tickets"},
		"ORDERS_API_URL":         {"", "::"},
		"PAYMENTS_API_URL":       {"", "payments"},
		"STRIPE_API_URL":         {"stripe"},
		"STRIPE_PUBLISHABLE_KEY": {"sk_live_this_is_the_wrong_one"},
	} {
		for _, value := range bad {
			_, err := function.Open(New, values("http://service").With(config.Values{name: value}))
			if err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s=%q: %v", name, value, err)
			}
			if err != nil && value != "" && strings.Contains(err.Error(), value) {
				t.Errorf("%s: the error gives the value away: %v", name, err)
			}
		}
	}
	s, err := function.Open(New, values("http://127.0.0.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	if s.Start(t.Context()) != nil || s.Ready(t.Context()) != nil {
		t.Error("the site must be up to say that services are away")
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"GET /api/tickets": []event.Ticket{}, "GET /api/tickets/7": aTicket()})
	for _, e := range endpoints(t) {
		h := v.open(e).Header
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
			"Strict-Transport-Security": "max-age=31536000",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", e.Name, name, h.Get(name))
			}
		}
		csp := h.Get("Content-Security-Policy")
		if !strings.HasPrefix(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") || strings.Contains(csp, "stripe") {
			t.Errorf("%s: %s", e.Name, csp)
		}
		if e.Name != "get-asset" && h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %s", e.Name, h.Get("Cache-Control"))
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
	for _, e := range endpoints(t) {
		if e.Method != http.MethodPost {
			continue
		}
		v.ask(http.MethodPost, pathOf(e), nil, http.Header{"Sec-Fetch-Site": {"cross-site"}}).is(http.StatusForbidden)
		v.ask(http.MethodPost, pathOf(e), nil, http.Header{"Origin": {"https://evil.example"}}).is(http.StatusForbidden)
	}
	if len(v.services.got) != 0 {
		t.Error("a service was asked")
	}
}

// TestTitlesAreText: nothing that people write becomes markup, on any page that shows it.
func TestTitlesAreText(t *testing.T) {
	t.Parallel()
	ticket, order := aTicket(), anOrder()
	const evil, escaped = `"'><script>alert(1)</script><b onx=1>`, `&lt;script&gt;alert(1)&lt;/script&gt;`
	ticket.Title, order.Ticket.Title = evil, evil
	v := visitSite(t, answers{
		"GET /api/tickets": []event.Ticket{ticket}, "GET /api/tickets/3": ticket, "GET /api/orders": []event.Order{order}, "GET /api/orders/7": order,
	}).as(1)
	for _, path := range []string{
		"/", "/tickets/mine", "/tickets/3", "/tickets/3/state", "/tickets/3/edit", "/orders", "/orders/7", "/orders/7/state", "/orders/7/pay", "/?q=" + url.QueryEscape(evil),
	} {
		v.get(path).is(200, escaped, "!<script>alert", "!<b onx")
	}
	v.get("/auth/signin?return="+url.QueryEscape("/"+evil)).is(200, "!<script>alert", "!<b onx")
}

func TestReturnTo(t *testing.T) {
	t.Parallel()
	for to, want := range map[string]string{
		"":                           "/",
		"/":                          "/",
		"/orders/7?note=paid":        "/orders/7?note=paid",
		"/?q=a+b&available=true":     "/?q=a+b&available=true",
		"orders":                     "/",
		"//evil.example":             "/",
		"//evil.example/%2f..":       "/",
		"///evil.example":            "/",
		`/\evil.example`:             "/",
		`\/evil.example`:             "/",
		"/\t/evil.example":           "/",
		"/\n/evil.example":           "/",
		"http://evil.example/":       "/",
		"http:/evil.example":         "/",
		"https:evil.example":         "/",
		"javascript:alert(1)":        "/",
		"/%zz":                       "/",
		"/ok%0d%0aSet-Cookie:%20a=b": "/ok%0d%0aSet-Cookie:%20a=b", // stays encoded: one header, one path
	} {
		r := httptest.NewRequest(http.MethodGet, "/auth/signin?"+url.Values{"return": {to}}.Encode(), nil)
		if got := (visit{Request: r}).returnTo(); got != want {
			t.Errorf("%q leads to %q, not %q", to, got, want)
		}
	}
}

func TestNothingThere(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{}).as(1)
	for _, path := range []string{
		"/tickets/0", "/tickets/-1", "/tickets/x", "/tickets/2147483648", "/tickets/%2e%2e", "/tickets/0/edit", "/orders/0", "/orders/x/pay", "/nothing", "/tickets/3/nothing", "/orders/7/cancel",
	} {
		v.get(path).is(404, "There is nothing here", "All tickets", `href="/"`)
	}
	for _, path := range []string{"/tickets/0/order", "/tickets/x/edit", "/orders/0/cancel", "/orders/0/extend", "/orders/x/pay", "/orders/x/confirm"} {
		v.post(path).is(404, "There is nothing here")
	}
	s := v.get("/api/nothing").is(404)
	if s.body != `{"message":"Not Found.","code":"not_found"}`+"\n" || s.Header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Error(s.Header, s.body)
	}
	v.post("/auth/signin", "email", strings.Repeat("x", maxForm)).is(400, "The form could not be read.")
	v.post("/auth/signin?%zz").is(400, "The form could not be read.")
	if len(v.services.got) != 0 {
		t.Error("a service was asked")
	}
}

// TestAssets: they are cached for good, by addresses that change with them; and the home page with its style,
// script and icon is below 30 KB compressed.
func TestAssets(t *testing.T) {
	t.Parallel()
	tickets := make([]event.Ticket, 20)
	for i := range tickets {
		tickets[i] = aTicket()
		tickets[i].ID, tickets[i].Title = int32(i+1), fmt.Sprintf("Concert number %d in the great hall of the city, row %d", i*7919, i)
	}
	v := visitSite(t, answers{"GET /api/tickets": tickets})
	a, err := loadAssets()
	if err != nil {
		t.Fatal(err)
	}
	all := []string{v.get("/").is(200).body}
	for name, kind := range map[string]string{"site.css": "text/css", "site.js": "text/javascript", "stripe.js": "text/javascript", "icon.svg": "image/svg+xml"} {
		url, err := a.url(name)
		if err != nil {
			t.Fatal(err)
		}
		s := v.get(url).is(200)
		if s.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || !strings.HasPrefix(s.Header.Get("Content-Type"), kind) || s.body == "" {
			t.Errorf("%s: %v", url, s.Header)
		}
		if strings.Contains(all[0], `"`+url+`"`) == (name == "stripe.js") {
			t.Errorf("%s is on the home page, or not", url)
		}
		all = append(all, s.body)
		v.get("/assets/" + name).is(404)
	}
	weight := 0
	for _, part := range all {
		var b bytes.Buffer
		zip := gzip.NewWriter(&b)
		_, err := zip.Write([]byte(part))
		if err != nil || zip.Close() != nil {
			t.Fatal(err)
		}
		weight += b.Len()
	}
	if weight > 30_000 {
		t.Errorf("%d bytes", weight)
	}
}
