package kubernetes

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/adapters/adaptertest"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/jetstreamserver"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/postgres"
)

// TestStopsWithoutWhatItNeeds: a process that is told to stop while its database or bus is away stops in good order; what it has stored is sent
// after the next start.
func TestStopsWithoutWhatItNeeds(t *testing.T) {
	t.Parallel()
	for _, away := range []string{"database", "bus"} {
		t.Run(away, func(t *testing.T) {
			t.Parallel()
			database := pgtest.Server(t)
			server, err := jetstreamserver.Start(jetstreamserver.Config{Dir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(server.Stop)
			host := started(t, newEcho(t, database.URL("postgres")).service(), config.Values{"BUS_URL": server.URL()})
			becomes(t, host, http.StatusOK)
			eventually(t, http.MethodGet, host.MetricsURL+"/metrics", http.StatusOK, `ticketing_bus_connected{service="echo"} 1`)
			if away == "database" {
				err = database.Stop(t.Context())
			} else {
				server.Stop()
				eventually(t, http.MethodPost, host.URL+"/say", http.StatusOK, "1")
			}
			if err := errors.Join(err, host.Close()); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestStopFinishesWhatIsUnderWay: a request and an event that began before the stop come to their good end,
// and the event of the request is sent.
func TestStopFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	address := pgtest.Database(t)
	e := newEcho(t, address)
	e.request, e.events = make(chan struct{}), make(chan struct{})
	host := started(t, e.service(), config.Values{"BUS_URL": newBus(t), "DRAIN_DELAY": "1s"})
	becomes(t, host, http.StatusOK)

	answered := make(chan int, 2)
	say := func() {
		answer, _, err := request(t.Context(), http.MethodPost, host.URL+"/say")
		if err != nil {
			t.Errorf("a request under way: %v", err)
			answered <- 0
			return
		}
		answered <- answer.StatusCode
	}
	go say()
	adaptertest.Wait(t, e.said)
	e.request <- struct{}{}
	if status := adaptertest.Wait(t, answered); status != http.StatusOK {
		t.Fatalf("answered %d", status)
	}
	adaptertest.Wait(t, e.received) // an event is under way
	go say()
	adaptertest.Wait(t, e.said) // and so is a request

	stopped := make(chan error, 1)
	go func() { stopped <- host.Close() }()
	becomes(t, host, http.StatusServiceUnavailable) // it answers still, for DRAIN_DELAY
	if len(stopped) > 0 {
		t.Fatal("stopped with work under way")
	}
	close(e.request)
	if status := adaptertest.Wait(t, answered); status != http.StatusOK {
		t.Errorf("the request under way was answered %d", status)
	}
	close(e.events)
	if err := adaptertest.Wait(t, e.consumed); err != nil {
		t.Errorf("the event under way was cut off: %v", err)
	}
	if err := adaptertest.Wait(t, stopped); err != nil {
		t.Errorf("stop: %v", err)
	}
	if _, _, err := request(t.Context(), http.MethodGet, host.URL+"/health"); err == nil {
		t.Error("it answers after its stop")
	}
	db, err := postgres.Open(address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if n, err := postgres.One(t.Context(), db, pgx.RowTo[int], `SELECT count(*) FROM outbox WHERE sent_at IS NULL`); err != nil || n != 0 {
		t.Errorf("%d events were left behind, %v", n, err)
	}
}

// TestRunEndsWithItsContext: even a process whose database and bus never came stops at once, and well.
func TestRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	build := func(config.Values) (function.Service, error) {
		cancel() // as early as can be
		return newEcho(t, "postgres://127.0.0.1:1/nowhere").service(), nil
	}
	go func() {
		ended <- Run(ctx, build, functiontest.EventKeys().With(config.Values{"EVENT_KEY_ECHO": functiontest.EventKey("echo"), "PORT": "0", "METRICS_PORT": "0", "BUS_URL": "stan://127.0.0.1:1/nowhere", "LOG_LEVEL": "ERROR+1"}))
	}()
	if err := adaptertest.Wait(t, ended); err != nil {
		t.Error(err)
	}
}
