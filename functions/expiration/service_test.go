package expiration

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/redistest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/timestamp"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	functiontest.Settings(t, New, config.Values{"REDIS_URL": "redis://localhost"}, []string{
		"REDIS_URL=rediss://user:s3cret@redis:6380/2", "REDIS_URL=redis://:s3cret@redis:6379?cluster=true&pool_size=2", "REDIS_URL=redis://redis-0?addr=redis-1:6379",
		"REDIS_URL=redis://sentinel:26379/1?master_name=tickets&password=s3cret&conn_max_idle_time=1m",
	}, []string{
		"REDIS_URL=", "REDIS_URL=localhost:6379", "REDIS_URL=http://:s3cret@localhost", "REDIS_URL=redis://:s3cret@local host",
		"REDIS_URL=redis://:s3cret@localhost:port", "REDIS_URL=redis://:s3cret@localhost/0?db=many",
		"REDIS_URL=redis://localhost?cluster=true&pool_size=s3cret", "REDIS_URL=redis://localhost?master_name=m&pool_size=s3cret",
	})
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

func TestDeadLetters(t *testing.T) {
	t.Parallel()
	functiontest.DeadLetters(t, deadLetters{newAgenda(t).client, time.Now})
}

// From orders' events to the service's own, with what an operator sees; and then Redis goes away.
func TestService(t *testing.T) {
	t.Parallel()
	server := redistest.Server(t)
	s, err := New(config.Values{"REDIS_URL": server.URL()})
	if err != nil {
		t.Fatal(err)
	}
	run := functiontest.Start(t, s)
	measured := func(want ...float64) {
		t.Helper()
		for i, name := range []string{"ticketing_expiration_pending service=expiration", "ticketing_dead_letters service=expiration"} {
			if got, ok := run.Metric(name); ok != (want != nil) || ok && got != want[i] {
				t.Errorf("%s is %v (%v), want %v", name, got, ok, want)
			}
		}
	}
	measured(0, 0)
	past := time.Now().Add(-time.Minute)
	for _, o := range []event.Order{
		orderOf(1, event.OrderIsCreated, past), orderOf(2, event.OrderIsCreated, past), orderOf(3, event.OrderIsCreated, past),
		orderOf(1, event.OrderIsCreated, past.Add(time.Hour)), orderOf(2, event.OrderIsComplete, past),
	} {
		functiontest.Deliver(t, run, "schedule-expiration", event.OrderUpdated, o)
	}
	if err := run.Deliver("schedule-expiration", functiontest.Event(t, event.OrderCreated, orderOf(0, event.OrderIsCreated, past))); !function.IsReject(err) {
		t.Errorf("an order without id: %v", err)
	}
	measured(2, 1)
	functiontest.Announced(t, run, event.ExpirationComplete, event.ExpirationReached{ID: 3, ExpiresAt: timestamp.Of(past)}, 1)
	measured(1, 1)
	run.Must(s.Ready(t.Context()))
	run.Must(server.Stop(t.Context()))
	measured()
	if err := s.Ready(t.Context()); err == nil || !apierror.From(err).Temporary() {
		t.Errorf("ready without Redis: %v", err)
	}
}
