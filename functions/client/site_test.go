package client

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/telemetry"
	"github.com/gittix/ticketing/shared/timestamp"
)

var (
	now       = time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC)
	keys      = session.Keys{Secret: []byte("0123456789abcdef0123456789abcdef")} // the services', and not the site's
	testViews = sync.OnceValues(loadViews)
	noStripe  = config.Values{}
	stripe    = config.Values{"STRIPE_PUBLISHABLE_KEY": "pk_test_1"}
)

// values are the settings of a site whose services all answer at one origin.
func values(origin string) config.Values {
	return config.Values{"AUTH_API_URL": origin, "TICKETS_API_URL": origin, "ORDERS_API_URL": origin, "PAYMENTS_API_URL": origin}
}

// visitor is a browser that shows what it gets and goes nowhere by itself.
type visitor struct {
	t        testing.TB
	url      string
	services *services
	cookie   *http.Cookie // of the session, or nil
}

// visitSite starts a site in front of services that answer so. Each page gets the settings that it names, no more.
func visitSite(t testing.TB, a answers, changes ...config.Values) visitor {
	t.Helper()
	services, origin := startServices(t, a)
	v := values(origin)
	for _, c := range changes {
		v = v.With(c)
	}
	service, err := New(v)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(service.Stop)
	for i, e := range service.Endpoints {
		alone := config.Values{}
		for _, s := range config.Settings(append(service.Settings, e.Settings...)...) {
			alone[s.Name] = v[s.Name]
		}
		settings, err := config.Fill[Settings](alone.With(nil))
		views, err2 := testViews()
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		s := newSite(settings, views, func() time.Time { return now })
		t.Cleanup(s.api.Close)
		service.Endpoints[i] = s.service().Endpoints[i]
	}
	return visitor{t: t, url: serve(t, service), services: services}
}

// serve runs a service by the code that runs it everywhere.
func serve(t testing.TB, s function.Service) string {
	t.Helper()
	metrics, err := telemetry.NewMetrics(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	runner := function.Runner{Log: slog.New(slog.DiscardHandler), Metrics: metrics, Tracer: noop.NewTracerProvider().Tracer(""), Timeout: 15 * time.Second}
	server := httptest.NewServer(runner.Handler(s))
	t.Cleanup(server.Close)
	return server.URL
}

// as gives the visitor a session of a user.
func (v visitor) as(userID int32) visitor { return v.with(keys, userID) }

func (v visitor) with(k session.Keys, userID int32) visitor {
	cookie, err := k.Issue(userID, "ada@example.com")
	if err != nil {
		v.t.Fatal(err)
	}
	v.cookie = cookie
	return v
}

// shown is an answer of the site.
type shown struct {
	t testing.TB
	*http.Response
	body string
}

func (v visitor) get(path string) shown { return v.ask(http.MethodGet, path, nil, nil) }

// post sends a form of names and values in turn.
func (v visitor) post(path string, fields ...string) shown {
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return v.ask(http.MethodPost, path, form, nil)
}

func (v visitor) ask(method, path string, form url.Values, header http.Header) shown {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), method, v.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if v.cookie != nil {
		req.AddCookie(v.cookie)
	}
	browser := http.Client{Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := browser.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		v.t.Fatal(err)
	}
	return shown{v.t, answer, string(body)}
}

// is checks the status and that the texts are on the page; those with a ! before them must not be.
func (s shown) is(status int, texts ...string) shown {
	s.t.Helper()
	if s.StatusCode != status {
		s.t.Fatalf("status %d, not %d: %s", s.StatusCode, status, s.body)
	}
	for _, text := range texts {
		text, unwanted := strings.CutPrefix(text, "!")
		if unwanted == strings.Contains(s.body, text) {
			s.t.Errorf("%q (unwanted: %v) in\n%s", text, unwanted, s.body)
		}
	}
	return s
}

// leadsTo checks for a redirect after which the browser asks with GET.
func (s shown) leadsTo(path string) shown {
	s.t.Helper()
	if s.StatusCode != http.StatusSeeOther || s.Header.Get("Location") != path {
		s.t.Fatalf("%d to %q, not to %q: %s", s.StatusCode, s.Header.Get("Location"), path, s.body)
	}
	return s
}

// Ticket 3 of user 1, and order 7 of it by user 2.
func aTicket() event.Ticket {
	return event.Ticket{ID: 3, Title: "Cup final", Price: 4250, UserID: 1, Version: 2, CreatedAt: timestamp.Of(now), UpdatedAt: timestamp.Of(now)}
}

func heldTicket() event.Ticket {
	t, order := aTicket(), int32(7)
	t.OrderID = &order
	return t
}

func anOrder() event.Order {
	return event.Order{
		ID: 7, UserID: 2, Status: event.OrderIsCreated, ExpiresAt: timestamp.Of(now.Add(10 * time.Minute)), TicketID: 3, Version: 1,
		CreatedAt: timestamp.Of(now), UpdatedAt: timestamp.Of(now), Ticket: event.OrderTicket{ID: 3, Title: "Cup final", Price: 4250},
	}
}

func orderThat(change func(*event.Order)) event.Order {
	o := anOrder()
	change(&o)
	return o
}

func ended(status event.OrderStatus, at time.Time) event.Order {
	return orderThat(func(o *event.Order) { o.Status, o.UpdatedAt = status, timestamp.Of(at) })
}

var complete = ended(event.OrderIsComplete, now)
