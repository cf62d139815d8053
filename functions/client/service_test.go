package client

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

func TestNewConnectsToNothing(t *testing.T) {
	t.Parallel()
	s, err := New(values("http://127.0.0.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	if err := s.Start(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.Ready(t.Context()); err != nil {
		t.Error("the site is up to say that services are away:", err)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string][]string{
		"JWT_SECRET":             {"", "too short"},
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
}

// TestEveryPageSaysThatServicesAreAway: whatever is asked, a page with a way on comes, and never a 500.
func TestEveryPageSaysThatServicesAreAway(t *testing.T) {
	t.Parallel()
	away := visitSite(t, answers{}).as(1) // every call is answered 501 and no JSON
	good := url.Values{"email": {"ada@example.com"}, "password": {"correct horse"}, "client_secret": {"pi_1_secret_2"}, "token": {"tok_visa"}}
	for _, path := range []string{
		"GET /", "POST /auth/signup", "POST /auth/signin", "POST /auth/signout", "POST /tickets/new", "GET /tickets/mine", "GET /tickets/3",
		"GET /tickets/3/edit", "POST /tickets/3/edit", "POST /tickets/3/order", "GET /orders", "GET /orders/7", "POST /orders/7/cancel",
		"POST /orders/7/extend", "GET /orders/7/pay", "POST /orders/7/pay",
	} {
		method, path, _ := strings.Cut(path, " ")
		t.Run(method+path, func(t *testing.T) {
			t.Parallel()
			v := away
			v.t = t
			form := good
			if method == http.MethodGet {
				form = nil
			}
			s := v.ask(method, path, form, nil).is(http.StatusServiceUnavailable, "Something on our side is away", "Try again", "!expects no")
			if s.Header.Get("Retry-After") != "1" {
				t.Error("Retry-After", s.Header.Get("Retry-After"))
			}
		})
	}
}

func TestPagesThatNeedASession(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{})
	forged := v.as(1)
	forged.cookie.Value = strings.Repeat("A", 40)
	for path, back := range map[string]string{
		"GET /tickets/new":       "/tickets/new",
		"POST /tickets/new":      "/tickets/new",
		"GET /tickets/mine":      "/tickets/mine",
		"GET /tickets/3/edit":    "/tickets/3/edit",
		"POST /tickets/3/edit":   "/tickets/3/edit",
		"POST /tickets/3/order":  "/tickets/3",
		"GET /orders?after=9":    "/orders?after=9",
		"GET /orders/7":          "/orders/7",
		"POST /orders/7/cancel":  "/orders/7",
		"POST /orders/7/extend":  "/orders/7",
		"GET /orders/7/pay":      "/orders/7/pay",
		"POST /orders/7/pay":     "/orders/7/pay",
		"POST /orders/7/confirm": "/orders/7",
	} {
		method, path, _ := strings.Cut(path, " ")
		to := "/auth/signin?" + url.Values{"return": {back}}.Encode()
		v.ask(method, path, nil, nil).leadsTo(to)
		forged.ask(method, path, nil, nil).leadsTo(to)
	}
	v.get("/orders/7/state").is(http.StatusUnauthorized)
	if len(v.services.got) != 0 {
		t.Errorf("asked the services %d times", len(v.services.got))
	}
}

// TestRevokedSession: a session that looks good here, and no service takes any more.
func TestRevokedSession(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"GET /api/orders": refuse(http.StatusUnauthorized, "Not authorized.", "not_authorized")}).as(1)
	v.get("/orders").leadsTo("/auth/signin?return=%2Forders")
	v.get("/auth/signin?return=/orders").is(http.StatusOK, "Sign in") // and not back again
}

// TestForwarding: of all that a browser sends, the services get the session and nothing else.
func TestForwarding(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"GET /api/orders/7": ok(anOrder())}).as(2)
	header := http.Header{
		"Cookie": {"tracker=1; " + v.cookie.String() + "; other=2"}, "Authorization": {"Bearer x"}, "User-Agent": {"Curious/1.0"},
		"Accept-Language": {"de"}, "X-Forwarded-For": {"1.2.3.4"}, "Referer": {"http://elsewhere/"}, "X-Anything": {"1"},
	}
	value := v.cookie.Value
	v.cookie = nil
	v.ask(http.MethodGet, "/orders/7", nil, header).is(http.StatusOK)
	got := v.services.one(t, "GET /api/orders/7")
	want := "map[Accept-Encoding:[gzip] Cookie:[session=" + value + "] User-Agent:[Go-http-client/1.1]]"
	if fmt.Sprint(got.Header) != want {
		t.Errorf("forwarded %v, not %v", got.Header, want)
	}
}
