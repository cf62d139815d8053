package client

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string][]string{
		"AUTH_API_URL":           {"", "auth:8080", "ftp://auth", "http://auth/?path", "http:///"},
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
	s := contents(t)
	if s.Start(t.Context()) != nil || s.Ready(t.Context()) != nil {
		t.Error("the site must be up to say that services are away")
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"GET /api/tickets": []event.Ticket{}, "GET /api/tickets/7": ticket}, nil)
	for _, e := range contents(t).Endpoints {
		h := v.open(e).Header
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": referrers(e), "Cross-Origin-Opener-Policy": "same-origin",
			"Strict-Transport-Security": "max-age=31536000; includeSubDomains",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", e.Name, name, h.Get(name))
			}
		}
		csp := h.Get("Content-Security-Policy")
		if !strings.HasPrefix(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") || strings.Contains(csp, "stripe") {
			t.Errorf("%s: %s", e.Name, csp)
		}
		if !slices.Contains([]string{"get-asset", "home-page", "not-found-page", "ticket-page"}, e.Name) && h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %s", e.Name, h.Get("Cache-Control"))
		}
	}
}

// referrers is what other pages learn of the one that led to them.
func referrers(e function.Endpoint) string {
	if strings.HasSuffix(e.Path, "/{token}") {
		return "strict-origin"
	}
	return "same-origin"
}

// TestMultipart: whatever has many parts, by any method, is not read as a form, and leaves no file behind.
func TestMultipart(t *testing.T) { //nolint:paralleltest // it sets the environment
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	v := visitSite(t, answers{"GET /api/tickets": []event.Ticket{}, "GET /api/tickets/7": ticket}, nil)
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	file, err := parts.CreateFormFile("f", "f")
	if err == nil {
		_, err = file.Write(make([]byte, 40<<20))
	}
	if err := errors.Join(err, parts.WriteField("email", "in-parts@example.com"), parts.WriteField("return", "/orders"), parts.Close()); err != nil {
		t.Fatal(err)
	}
	for _, e := range contents(t).Endpoints {
		for _, method := range []string{http.MethodGet, http.MethodHead, e.Method} {
			r, err := http.NewRequestWithContext(t.Context(), method, v.url+pathOf(e), bytes.NewReader(form.Bytes()))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", parts.FormDataContentType())
			answer, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				continue // the server read no more, and hung up before the answer was read
			}
			b, _ := io.ReadAll(answer.Body) // nor may all of it arrive
			_ = answer.Body.Close()
			if bytes.Contains(b, []byte("in-parts@example.com")) {
				t.Errorf("%s %s: %d %s", method, e.Path, answer.StatusCode, b)
			}
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

var nonces = regexp.MustCompile(`nonce[-=]["']?([A-Z2-7]+)`)

func TestNonce(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{}, nil)
	seen := map[string]bool{}
	for range 3 {
		s := v.ask("GET /auth/signin", nil)
		policy := nonces.FindStringSubmatch(s.Header.Get("Content-Security-Policy"))
		if policy == nil || seen[policy[1]] {
			t.Fatal("no nonce of its own:", policy)
		}
		seen[policy[1]] = true
		if n := strings.Count(s.body, `nonce="`+policy[1]+`"`); n != 3 {
			t.Errorf("%d elements with the nonce in\n%s", n, s.body)
		}
		inline := regexp.MustCompile(`<script[^>]*>[^<]`).FindAllString(s.body, -1) // that of the layout, which writes prices and times
		if len(inline) != 1 || strings.Contains(s.body, "<style") || strings.Contains(s.body, " style=") || regexp.MustCompile(`\son[a-z]+=`).MatchString(s.body) {
			t.Error("something inline in", s.body)
		}
	}
}

func TestOtherSitesCannotPost(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{}, nil).as(1)
	for _, e := range contents(t).Endpoints {
		if e.Method != http.MethodPost {
			continue
		}
		v.ask("POST "+pathOf(e), http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.example"}}).
			is(http.StatusForbidden, "<!doctype html>", "This form came from another site", "!TRUSTED_ORIGINS", "!evil")
		s := v.ask("POST "+pathOf(e), http.Header{"Origin": {"http://tickets.example"}}).
			is(http.StatusForbidden, "<!doctype html>", "sent it from http://tickets.example", "TRUSTED_ORIGINS=http://tickets.example", "proxy_set_header Host $http_host;")
		if s.Header.Get("X-Content-Type-Options") != "nosniff" || s.Header.Get("Cache-Control") != "no-store" {
			t.Error(s.Header)
		}
	}
	if len(v.services.got) != 0 {
		t.Error("a service was asked")
	}
}

func TestReturnTo(t *testing.T) {
	t.Parallel()
	lead := func(to, want string) {
		r := httptest.NewRequest(http.MethodGet, "/auth/signin?"+url.Values{"return": {to}}.Encode(), nil)
		if got := (visit{Request: r}).returnTo(); got != want {
			t.Errorf("%q leads to %q, not %q", to, got, want)
		}
	}
	for _, here := range []string{"/", "/orders/7?note=extended", "/?q=a+b&available=true", "/ok%0d%0aSet-Cookie:%20a=b"} { // the last stays encoded: one header, one path
		lead(here, here)
	}
	for _, elsewhere := range []string{
		"", "orders", "//evil.example", "//evil.example/%2f..", "///evil.example", `/\evil.example`, `\/evil.example`, "/\t/evil.example", "/\n/evil.example",
		"http://evil.example/", "http:/evil.example", "https:evil.example", "javascript:alert(1)", "/%zz",
	} {
		lead(elsewhere, "/")
	}
}

func TestNothingThere(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{}, nil).as(1)
	for _, ask := range []string{
		"GET /tickets/0", "GET /tickets/-1", "GET /tickets/x", "GET /tickets/2147483648", "GET /tickets/0/edit", "GET /orders/0", "GET /orders/x/pay",
		"GET /nothing", "GET /tickets/3/nothing", "GET /orders/7/cancel",
		"POST /tickets/0/order", "POST /tickets/x/edit", "POST /orders/0/cancel", "POST /orders/0/extend", "POST /orders/x/pay", "POST /orders/x/confirm",
	} {
		v.ask(ask, nil).is(404, "There is nothing here", "All tickets", `href="/"`)
	}
	s := v.ask("GET /api/nothing", nil).is(404)
	if s.body != `{"message":"Not Found.","code":"not_found"}`+"\n" || s.Header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Error(s.Header, s.body)
	}
	for _, ask := range []string{"POST /auth/signin" + filled("email", strings.Repeat("x", maxForm)), "POST /auth/signin?%zz"} {
		v.ask(ask, nil).is(400, "The form could not be read.")
	}
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
		tickets[i] = ticketThat(func(t *event.Ticket) {
			t.Title = fmt.Sprintf("Concert number %d in the great hall of the city, row %d", i*7919, i)
		})
	}
	v := visitSite(t, answers{"GET /api/tickets": tickets}, nil)
	a, err := loadAssets()
	if err != nil {
		t.Fatal(err)
	}
	var weight bytes.Buffer
	compress := func(body string) {
		zip := gzip.NewWriter(&weight)
		if _, err := zip.Write([]byte(body)); err != nil || zip.Close() != nil {
			t.Fatal(err)
		}
	}
	page := v.ask("GET /", nil).is(200).body
	compress(page)
	for name, kind := range map[string]string{"site.css": "text/css", "site.js": "text/javascript", "stripe.js": "text/javascript", "icon.svg": "image/svg+xml; charset=utf-8"} {
		url, err := a.url(name)
		if err != nil || strings.Contains(page, `"`+url+`"`) == (name == "stripe.js") {
			t.Errorf("%s is on the home page, or not (%v)", url, err)
		}
		s := v.ask("GET "+url, nil).is(200)
		if s.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || !strings.HasPrefix(s.Header.Get("Content-Type"), kind) || s.body == "" {
			t.Errorf("%s: %v", url, s.Header)
		}
		compress(s.body)
		v.ask("GET /assets/"+name, nil).is(404)
	}
	if weight.Len() > 30_000 {
		t.Errorf("%d bytes", weight.Len())
	}
}
