package chaos

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
)

// TestPostgresFailover: a standby of PostgreSQL takes over while clients trade, and the name of the database leads to the old
// server for six seconds more, which answers and takes no writes. Nothing confirmed is lost, no event becomes a dead letter, and the
// first failure that clients see is a 503.
func TestPostgresFailover(t *testing.T) {
	t.Parallel()
	primary, standby := pgtest.Pair(t)
	name := pgtest.NewName(t, primary)
	s := systemtest.Local(t, systemtest.JetStream, config.Values{"DATABASE_URL": name.URL("postgres"), "LOG_LEVEL": "ERROR+1"})
	clients := s.StartClients(t, 4, systemtest.Trade)
	pause(t, 2*time.Second)
	pgtest.SwitchOver(t, primary, standby)
	pause(t, 6*time.Second)
	name.Point(standby)
	moved := time.Now()
	s.AwaitReady(t)
	t.Logf("ready after %s", time.Since(moved).Round(time.Millisecond))
	pause(t, 3*time.Second)
	clients.Stop()
	s.Eventually(t, "sound", clients.Check) // once the last events have arrived
	var first *apierror.Error
	if err := clients.FirstFailure(); errors.As(err, &first) && first.Status != http.StatusServiceUnavailable {
		t.Errorf("a client saw %v", err)
	}
	t.Logf("confirmed: %+v; %d of %d requests failed", clients.Confirmed(), clients.Failures.Load(), clients.Requests.Load())
	for _, service := range systemtest.Publishers(t) {
		db, err := pgx.Connect(t.Context(), standby.URL("postgres_"+service))
		if err != nil {
			t.Fatal(err)
		}
		var dead int
		err = db.QueryRow(t.Context(), `SELECT count(*) FROM dead_letters`).Scan(&dead)
		if err := errors.Join(err, db.Close(t.Context())); err != nil || dead > 0 {
			t.Errorf("%s: %d dead letters, %v", service, dead, err)
		}
	}
}
