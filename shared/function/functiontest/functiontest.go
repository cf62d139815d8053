// Package functiontest runs a service as a test's browser, bus and clock.
//
// A Run serves the endpoints over HTTP, delivers events as a bus would, runs schedules, and collects what the
// service announces. It fails the test where the platform itself fails, and where an answer is not in the published
// document; what else the service answers is the test's to judge.
package functiontest

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/gittix/ticketing/shared/api/apitest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/telemetry"
)

// Secret is the JWT_SECRET that the sessions of Call are signed with.
const Secret = "a-secret-of-thirty-two-bytes-and-more"

// Run is a service that runs until the test ends. Its methods may be called from several goroutines.
type Run struct {
	t        testing.TB
	service  function.Service
	runner   function.Runner
	registry *prometheus.Registry
	server   *httptest.Server
	journal  *journal
}

// Start serves the service, and makes it ready to work (Service.Start).
func Start(t testing.TB, s function.Service) *Run {
	t.Helper()
	r := Serve(t, s)
	r.Must(s.Start(t.Context()))
	return r
}

// Serve serves the service, ready to work or not, and stops it when the test ends.
func Serve(t testing.TB, s function.Service) *Run {
	t.Helper()
	registry := prometheus.NewRegistry()
	metrics, err := telemetry.NewMetrics(registry)
	if err == nil {
		err = telemetry.Register(registry, s.Name, s.Collectors...)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.Sign(Signatures())
	r := &Run{t: t, service: s, registry: registry, journal: &journal{awaiting: make(chan struct{}, 1), counts: map[string]int{}}}
	r.runner = function.Runner{
		Log: slog.New(r.journal), Metrics: metrics, Tracer: noop.NewTracerProvider().Tracer(""), Timeout: time.Minute, Secure: true,
	}
	t.Cleanup(s.Stop)
	r.server = httptest.NewServer(apitest.Handler(t, r.runner.Handler(s)))
	t.Cleanup(r.server.Close)
	return r
}

// Restore is what the service does after a restore from a backup.
func (r *Run) Restore() *function.Restore { return r.service.Restore }

// URL is where the endpoints are, for a request that Call cannot send.
func (r *Run) URL() string { return r.server.URL }

// Call sends a request as the user with that id, or without a session for 0, with a JSON body, or none if it is empty.
func (r *Run) Call(user int32, method, target, body string) Answer {
	r.t.Helper()
	return r.callWith(http.Header{}, user, method, target, body)
}

func (r *Run) callWith(header http.Header, user int32, method, target, body string) Answer {
	r.t.Helper()
	if user != 0 {
		cookie, err := session.Keys{Secret: []byte(Secret), Secure: true}.Issue(user, "user@example.com")
		if err != nil {
			r.t.Error(err)
			return Answer{}
		}
		header.Set("Cookie", cookie.Name+"="+cookie.Value)
	}
	return r.Send(method, target, body, header)
}

// Send sends a request with these headers, and a JSON body or none if it is empty.
func (r *Run) Send(method, target, body string, header http.Header) Answer {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.server.URL+target, strings.NewReader(body))
	if err != nil {
		r.t.Error(err)
		return Answer{}
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	maps.Copy(req.Header, header)
	resp, err := r.server.Client().Do(req)
	if err != nil {
		r.t.Error(err)
		return Answer{}
	}
	defer resp.Body.Close() //nolint:errcheck // all of it has been read
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Error(err)
	}
	return Answer{Status: resp.StatusCode, Header: resp.Header, Body: strings.TrimSpace(string(b))}
}

// Deliver gives a consumer an event, and returns what it answers.
func (r *Run) Deliver(consumer string, e event.Event) error {
	r.t.Helper()
	b, err := json.Marshal(e)
	r.Must(err)
	return r.runner.Consume(r.t.Context(), r.service, r.consumer(consumer), b)
}

func (r *Run) consumer(name string) function.Consumer {
	r.t.Helper()
	i := slices.IndexFunc(r.service.Consumers, func(c function.Consumer) bool { return c.Name == name })
	if i < 0 {
		r.t.Fatal("no consumer " + name)
	}
	return r.service.Consumers[i]
}

// Tick runs a schedule once, and returns its error.
func (r *Run) Tick(schedule string) error {
	r.t.Helper()
	return r.runner.Tick(r.t.Context(), r.service, r.schedule(schedule))
}

// Due returns when a schedule says that it will have something to do. Zero: never.
func (r *Run) Due(schedule string) time.Time {
	r.t.Helper()
	at, err := r.schedule(schedule).Due(r.t.Context())
	r.Must(err)
	return at
}

func (r *Run) schedule(name string) function.Schedule {
	r.t.Helper()
	i := slices.IndexFunc(r.service.Schedules, func(s function.Schedule) bool { return s.Name == name })
	if i < 0 {
		r.t.Fatal("no schedule " + name)
	}
	return r.service.Schedules[i]
}

// Announced returns the events that the service has published since the last call, in the outbox's order.
func (r *Run) Announced() []event.Event {
	r.t.Helper()
	var all []event.Event
	claimed, err := r.service.Outbox.Relay(r.t.Context(), 10_000, func(_ context.Context, events []event.Event) []error {
		all = events
		return make([]error, len(events))
	})
	if err != nil || claimed != len(all) {
		r.t.Fatalf("%d of %d events: %v", len(all), claimed, err)
	}
	return all
}
