package postgres

import (
	"context"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/telemetry"
)

// scrape returns the measurements of a database by name, or by name and state.
func scrape(t *testing.T, collectors []prometheus.Collector) map[string]float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	if err := telemetry.Register(registry, "things", collectors...); err != nil {
		t.Fatal(err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				if l.GetName() == "state" {
					name += " " + l.GetValue()
				}
			}
			seen[name] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return seen
}

func TestCollectors(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	quiet := scrape(t, db.Collectors())
	for _, name := range []string{"ticketing_outbox_unsent", "ticketing_outbox_oldest_age_seconds", "ticketing_dead_letters"} {
		if n, ok := quiet[name]; !ok || n != 0 {
			t.Errorf("at rest %s is %v (%v)", name, n, ok)
		}
	}
	mustCreate(t, db, 1)
	mustCreate(t, db, 2)
	if _, err := db.Exec(t.Context(), `UPDATE outbox SET created_at = created_at - interval '1 hour' WHERE seq = 1`); err != nil {
		t.Fatal(err)
	}
	if err := db.DeadLetters().Add(t.Context(), function.DeadLetter{Function: "f"}); err != nil {
		t.Fatal(err)
	}
	if seen := scrape(t, db.Collectors()); seen["ticketing_outbox_unsent"] != 2 || seen["ticketing_outbox_oldest_age_seconds"] < 3600 || seen["ticketing_dead_letters"] != 1 {
		t.Errorf("with work to do: %v", seen)
	}
	if _, err := db.Outbox().Relay(t.Context(), 10, func(_ context.Context, events []event.Event) []error {
		return make([]error, len(events))
	}); err != nil {
		t.Fatal(err)
	}
	if seen := scrape(t, db.Collectors()); seen["ticketing_outbox_unsent"] != 0 || seen["ticketing_outbox_oldest_age_seconds"] != 0 {
		t.Errorf("all is sent: %v", seen)
	}
}

func TestPoolCollector(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Database(t)+"&pool_max_conns=3")
	conn, err := db.pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	seen := scrape(t, db.Collectors()[:1])
	if wait, ok := seen["ticketing_postgres_acquire_wait_seconds_total"]; seen["ticketing_postgres_connections acquired"] != 1 || seen["ticketing_postgres_connections max"] != 3 || !ok || wait < 0 {
		t.Errorf("%v", seen)
	}
}

// TestCollectorsOfADatabaseThatIsAway: what cannot be asked is left out; the pool is still there to be seen.
func TestCollectorsOfADatabaseThatIsAway(t *testing.T) {
	t.Parallel()
	db, err := Open("postgres://127.0.0.1:1/nowhere", Events())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	seen := scrape(t, db.Collectors())
	if _, ok := seen["ticketing_postgres_connections max"]; !ok || len(seen) != 4 {
		t.Errorf("%v", seen)
	}
}

func TestNoOutboxNoCollector(t *testing.T) {
	t.Parallel()
	db, err := Open("postgres://127.0.0.1:1/nowhere", things())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if n := len(db.Collectors()); n != 1 {
		t.Errorf("%d collectors, not that of the pool alone", n)
	}
}
