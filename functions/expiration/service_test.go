package expiration

import (
	"context"
	"encoding/json"
	"log/slog"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/redistest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/telemetry"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	for url, valid := range map[string]bool{
		"redis://localhost":                   true,
		"rediss://user:s3cret@redis:6380/2":   true,
		"":                                    false,
		"localhost:6379":                      false,
		"http://:s3cret@localhost":            false,
		"redis://:s3cret@local host":          false,
		"redis://:s3cret@localhost:port":      false,
		"redis://:s3cret@localhost/0?db=many": false,
	} {
		s, err := New(config.Values{}.With(config.Values{"REDIS_URL": url})) // without it, if empty
		if (err == nil) != valid {
			t.Errorf("%q: %v", url, err)
		}
		if err == nil {
			s.Stop()
		} else if !strings.Contains(err.Error(), "REDIS_URL") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: the error must name the setting and not its value: %v", url, err)
		}
	}
}

func TestNoPostgreSQL(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(string(out)) {
		if strings.Contains(name, "pgx") || strings.HasSuffix(name, "database/sql") || strings.HasSuffix(name, "shared/postgres") {
			t.Errorf("the service links %s", name)
		}
	}
}

// newService returns the service on that Redis, and what runs it.
func newService(t *testing.T, url string) (function.Service, function.Runner) {
	t.Helper()
	s, err := New(config.Values{"REDIS_URL": url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	metrics, err := telemetry.NewMetrics(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	return s, function.Runner{Log: slog.New(slog.DiscardHandler), Metrics: metrics,
		Tracer: noop.NewTracerProvider().Tracer(""), Timeout: soon}
}

func TestReadyWhileRedisAnswers(t *testing.T) {
	t.Parallel()
	server := redistest.Server(t)
	s, _ := newService(t, server.URL())
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := server.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	if err := s.Ready(ctx); err == nil || !apierror.From(err).Temporary() {
		t.Errorf("ready without Redis: %v", err)
	}
}

// message returns an order's event as the bus brings it.
func message(t *testing.T, kind event.Type[event.Order], o event.Order) []byte {
	t.Helper()
	draft, err := event.Of(t.Context(), kind, o)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(draft.At("1", 1, noon))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestFromEventToEvent(t *testing.T) {
	t.Parallel()
	s, runner := newService(t, redistest.Server(t).URL())
	past := time.Now().Add(-time.Minute)
	for _, b := range [][]byte{
		message(t, event.OrderCreated, orderOf(1, event.OrderIsCreated, past)),
		message(t, event.OrderCreated, orderOf(2, event.OrderIsCreated, past)),
		message(t, event.OrderCreated, orderOf(3, event.OrderIsCreated, past)),
		message(t, event.OrderUpdated, orderOf(1, event.OrderIsCreated, past.Add(time.Hour))),
		message(t, event.OrderUpdated, orderOf(2, event.OrderIsComplete, past)),
	} {
		if err := runner.Consume(t.Context(), s, s.Consumers[0], b); err != nil {
			t.Fatal(err)
		}
	}
	b := &broker{}
	claimed, err := s.Outbox.Relay(t.Context(), 10, b.send)
	if got := b.orders(); err != nil || claimed != 1 || len(got) != 1 || got[0] != 3 {
		t.Errorf("announced %v of %d, %v; want order 3", got, claimed, err)
	}
}
