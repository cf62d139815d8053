package postgres

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/telemetry"
)

func TestCollectors(t *testing.T) {
	t.Parallel()
	scrape := func(db *DB) func(series string) float64 {
		registry := prometheus.NewRegistry()
		must(t, telemetry.Register(registry, "things", db.Collectors()...))
		return func(series string) float64 {
			v, ok := functiontest.Metric(t, registry, "ticketing_"+series)
			if !ok {
				return -1
			}
			return v
		}
	}
	db := open(t, pgtest.Database(t)+"&pool_max_conns=3")
	get := scrape(db)
	check := func(when string, unsent, dead, leastAge, mostAge float64) {
		t.Helper()
		if age := get("outbox_oldest_age_seconds"); get("outbox_unsent") != unsent || get("dead_letters") != dead || age < leastAge || age > mostAge {
			t.Errorf("%s: %v unsent, %v dead letters, oldest %v s", when, get("outbox_unsent"), get("dead_letters"), age)
		}
	}
	check("at rest", 0, 0, 0, 0)
	mustCreate(t, db, 1)
	mustCreate(t, db, 2)
	must(t, failed(db.Exec(t.Context(), `UPDATE outbox SET created_at = created_at - interval '1 hour' WHERE seq = 1`)))
	must(t, db.DeadLetters().Add(t.Context(), function.DeadLetter{Function: "f"}))
	check("with work to do", 2, 1, 3600, 3700)
	relayed(t, db, 10)
	check("all is sent", 0, 1, 0, 0)
	conn, err := db.pool.Acquire(t.Context())
	must(t, err)
	defer conn.Release()
	if get("postgres_connections state=acquired") < 1 || get("postgres_connections state=max") != 3 || get("postgres_acquire_wait_seconds_total") < 0 {
		t.Errorf("%v acquired of %v", get("postgres_connections state=acquired"), get("postgres_connections state=max"))
	}
	// What cannot be asked is left out; the pool is still there to be seen.
	get = scrape(closed(t, "postgres://127.0.0.1:1/none", Events()))
	if get("postgres_connections state=max") != 10 || get("outbox_unsent") != -1 || get("dead_letters") != -1 {
		t.Errorf("the database is unavailable: %v unsent", get("outbox_unsent"))
	}
	if n := len(closed(t, "postgres://127.0.0.1:1/none", things()).Collectors()); n != 4 {
		t.Errorf("%d collectors without an outbox, not that of the pool alone", n)
	}
}
