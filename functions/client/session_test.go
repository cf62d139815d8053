package client

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/session"
)

// open asks for what an endpoint shows, or sends it a form that it does not refuse before it asks a service.
func (v visitor) open(e function.Endpoint) shown {
	v.t.Helper()
	return v.ask(e.Method+" "+pathOf(e)+filled("email", "ada@example.com", "password", "correct horse", "client_secret", "pi_1_secret_2", "session", "x", "id", "x", "delivery", "1", "waiting", "true", "optional", "true"), nil)
}

func pathOf(e function.Endpoint) string {
	return strings.NewReplacer("{$}", "", "{id}", "7", "{name}", "none", "{code}", "a.b.c", "{token}", "a.b.c").Replace(e.Path)
}

// TestBadSessions: every page and form that needs a session sends a visitor who has none, or none that the services
// take, to sign in and back. Nothing is shown or done before, and the browser forgets the session.
func TestBadSessions(t *testing.T) {
	t.Parallel()
	guest := visitSite(t, answers{}, nil)
	foreign := session.Keys{Secret: []byte("the secret of some other system.")}
	old := session.Keys{Secret: keys.Secret, Now: func() time.Time { return time.Now().Add(-session.Lifetime - time.Second) }}
	garbage := guest.as(1)
	garbage.cookie.Value = strings.Repeat("A", 40)
	for name, c := range map[string]struct {
		v       visitor
		forgets bool
	}{"none": {guest, false}, "garbage": {garbage, false}, "expired": {guest.with(old, 1), false}, "forged": {guest.with(foreign, 1), true}} {
		needed := 0
		for _, e := range contents(t).Endpoints {
			if !e.NeedsSession {
				continue
			}
			needed++
			s := c.v.open(e)
			if strings.HasSuffix(e.Name, "-state") {
				s.is(http.StatusUnauthorized)
				continue
			}
			back := pathOf(e)
			if e.Method == http.MethodPost {
				for _, button := range []string{"/order", "/cancel", "/extend", "/confirm", "/waiting", "/password", "/sessions", "/mails", "/end"} {
					back = strings.TrimSuffix(back, button)
				}
			}
			s.leadsTo("/auth/signin?" + url.Values{"return": {back}}.Encode())
			if forgets := strings.HasPrefix(s.Header.Get("Set-Cookie"), "session=; Path=/; Max-Age=0"); forgets != c.forgets {
				t.Errorf("%s, %s: forgotten: %v", e.Name, name, forgets)
			}
			if strings.Contains(s.body, "ada@") {
				t.Errorf("%s, %s: %s", e.Name, name, s.body)
			}
		}
		if needed != 38 {
			t.Errorf("%d pages and forms need a session", needed)
		}
	}
	if got := guest.services.got; len(got) != 0 {
		t.Errorf("a service took %v", got)
	}
}

// TestBadSessionOnPublicPages: they show what a guest sees.
func TestBadSessionOnPublicPages(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"GET /api/tickets/3": heldTicket}, nil).with(session.Keys{Secret: []byte("another")}, 2)
	s := v.ask("GET /tickets/3", nil).is(200, "Somebody has ordered this ticket", "Sign in", "!ada@", "!Sign out")
	if c := s.Cookies(); len(c) != 2 || c[0].Name != session.PlainName || c[1].Name != session.CookieName || c[0].MaxAge >= 0 || c[1].MaxAge >= 0 || !c[1].Secure {
		t.Error("not forgotten:", c)
	}
	v.ask("GET /tickets/3/state", nil).is(200, "Somebody has ordered this ticket")
	v.ask("GET /auth/signin?return=/orders", nil).is(200, "Sign in") // and not back again
}

// TestRevokedSession: a session that auth no longer takes is over on the pages that ask auth alone.
func TestRevokedSession(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"GET /api/orders": apierror.ErrNotAuthorized, "GET /api/tickets": []any{}}, nil).as(1)
	v.ask("GET /tickets/new", nil).is(200)
	v.ask("GET /orders", nil).leadsTo("/auth/signin?return=%2Forders")
	v.services.revoked = true
	v = v.as(1) // another session, of which auth has said nothing yet
	for _, page := range []string{"/tickets/new", "/tickets/mine", "/tickets/7/edit"} {
		v.ask("GET "+page, nil).leadsTo("/auth/signin?" + url.Values{"return": {page}}.Encode())
	}
}

// TestServicesAway: while the services are unavailable, every request gets a page with a link to go on, never a 500.
func TestServicesAway(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{}, values("http://127.0.0.1:1")).as(1)
	for _, e := range contents(t).Endpoints {
		if len(e.Settings) == 0 {
			continue // it asks no service
		}
		s := v.open(e).is(http.StatusServiceUnavailable)
		if s.Header.Get("Retry-After") != "1" {
			t.Error(e.Name, "Retry-After", s.Header.Get("Retry-After"))
		}
		if !strings.HasSuffix(e.Name, "-state") {
			s.is(http.StatusServiceUnavailable, "We cannot do that just now", "Nothing is lost", "again")
		}
	}
}

// TestForwarding: of all that a browser sends, the services get the session and nothing else.
func TestForwarding(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"GET /api/orders/7": order7}, nil).as(2)
	header := http.Header{
		"Cookie": {"tracker=1; " + v.cookie.String() + "; other=2"}, "Authorization": {"Bearer x"}, "User-Agent": {"Curious/1.0"},
		"Accept-Language": {"de"}, "X-Forwarded-For": {"1.2.3.4"}, "Referer": {"http://elsewhere/"}, "X-Anything": {"1"},
	}
	value := v.cookie.Value
	v.cookie = nil
	v.ask("GET /orders/7", header).is(200)
	got := v.services.got[0]
	want := "map[Accept-Encoding:[gzip] Cookie:[session=" + value + "] User-Agent:[Go-http-client/1.1]]"
	if fmt.Sprint(got.Header) != want {
		t.Errorf("forwarded %v, not %v", got.Header, want)
	}
}

// TestNoSecrets: no page is given a secret, nor a service's address or a key of Stripe's that it does not need.
func TestNoSecrets(t *testing.T) {
	t.Parallel()
	s := contents(t)
	uses := map[string][]string{}
	for _, e := range s.Endpoints {
		for _, c := range config.Settings(append(s.Settings, e.Settings...)...) {
			if c.Secret {
				t.Errorf("%s gets the secret %s", e.Name, c.Name)
			}
			uses[c.Name] = append(uses[c.Name], e.Name)
		}
		if !strings.HasPrefix(e.Source, "github.com/gittix/ticketing/functions/client.") {
			t.Errorf("%s is %s", e.Name, e.Source)
		}
	}
	for name, want := range map[string][]string{
		"PAYMENTS_API_URL": {
			"order-page", "order-state", "cancel-order-form", "extend-order-form", "pay-page", "pay-state", "pay-form", "confirm-payment-form",
		},
		"STRIPE_PUBLISHABLE_KEY": {"pay-page", "pay-form", "confirm-payment-form"},
		"STRIPE_API_URL":         {"confirm-payment-form"},
	} {
		if !slices.Equal(uses[name], want) {
			t.Errorf("%s is for %v", name, uses[name])
		}
	}
}

// TestWhoIsShown: a page shows as signed in who is, by what auth has said at most a second ago, which costs auth no call per page.
func TestWhoIsShown(t *testing.T) {
	t.Parallel()
	var clock time.Time
	ask := func(k visitors, c *http.Cookie, origin string) visit {
		r := httptest.NewRequest("GET", "/", nil)
		r.AddCookie(c)
		v := visit{Request: r, api: api.New(api.At(origin), api.Config{}).For(r)}
		if claims, err := session.Unverified(r); err == nil {
			v.claims = claims
		}
		k.look(t.Context(), &v)
		return v
	}
	services, origin := startServices(t, answers{})
	known := newVisitors(func() time.Time { return clock })
	cookie, err := keys.Issue(1, "ada@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if v := ask(known, cookie, origin); v.claims.Subject != "ada@example.com" || v.unsure != nil {
		t.Errorf("%+v", v)
	}
	services.mu.Lock()
	services.revoked = true
	services.mu.Unlock()
	clock = clock.Add(knownFor - 1)
	if v := ask(known, cookie, "http://127.0.0.1:1"); v.claims.UserID() != 1 || v.unsure != nil { // nobody is asked
		t.Errorf("a moment ago auth took it: %+v", v)
	}
	clock = clock.Add(1)
	if v := ask(known, cookie, origin); v.hasSession() || !v.over {
		t.Errorf("the session has ended: %+v", v)
	}
	if v := ask(newVisitors(time.Now), cookie, "http://127.0.0.1:1"); v.unsure == nil || v.over {
		t.Errorf("nobody knows: %+v", v)
	}
}

// TestAuthAway: while auth is unavailable, public pages show a guest's, and the session is not forgotten.
func TestAuthAway(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"GET /api/tickets/3": ticket}, config.Values{"AUTH_API_URL": "http://127.0.0.1:1"}).as(1)
	s := v.ask("GET /tickets/3", nil).is(200, "Cup final", "Sign in", "!ada@", "!Sign out")
	if c := s.Cookies(); len(c) != 0 {
		t.Error("forgotten:", c)
	}
}

// TestRenewedSession: the site passes on the cookie by which auth keeps a session alive.
func TestRenewedSession(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"GET /api/tickets/3": ticket}, nil).as(1)
	v.services.renewed = v.cookie.String()
	if c := v.ask("GET /tickets/3", nil).is(200).Cookies(); len(c) != 1 || c[0].Value != v.cookie.Value {
		t.Error(c)
	}
}
