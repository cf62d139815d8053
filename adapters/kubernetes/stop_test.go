package kubernetes

import (
	"context"
	"net/http"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/postgres"
)

// TestStopFinishesWhatIsUnderWay: a request and an event that began before the stop come to their good end,
// and what the request announced is sent.
func TestStopFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	address := pgtest.Database(t)
	e := newEcho(t, address)
	e.mouth, e.ear = make(chan struct{}), make(chan struct{})
	p := started(t, e.service(), config.Values{"BUS_URL": newBus(t).URL(), "DRAIN_DELAY": "1s"})
	becomes(t, p, http.StatusOK)

	answered := make(chan int, 2)
	say := func() {
		answer, _, err := request(t.Context(), http.MethodPost, p.api.URL()+"/say")
		if err != nil {
			t.Errorf("a request under way: %v", err)
			answered <- 0
			return
		}
		answered <- answer.StatusCode
	}
	go say()
	wait(t, e.said)
	e.mouth <- struct{}{}
	if status := wait(t, answered); status != http.StatusOK {
		t.Fatalf("answered %d", status)
	}
	wait(t, e.heard) // an event is under way
	go say()
	wait(t, e.said) // and so is a request

	stopped := make(chan error, 1)
	go func() { stopped <- p.stop() }()
	becomes(t, p, http.StatusServiceUnavailable)
	select {
	case err := <-stopped:
		t.Fatalf("stopped with work under way: %v", err)
	default:
	}
	close(e.mouth)
	if status := wait(t, answered); status != http.StatusOK {
		t.Errorf("the request under way was answered %d", status)
	}
	close(e.ear)
	if err := wait(t, e.heardToTheEnd); err != nil {
		t.Errorf("the event under way was cut off: %v", err)
	}
	if err := wait(t, stopped); err != nil {
		t.Errorf("stop: %v", err)
	}
	if n := unsent(t, address); n != 0 {
		t.Errorf("%d events were left behind", n)
	}
	if _, _, err := request(t.Context(), http.MethodGet, p.api.URL()+"/health"); err == nil {
		t.Error("it answers after its stop")
	}
}

// TestStopWithoutEverHavingStarted: a process whose database never came stops at once.
func TestStopWithoutEverHavingStarted(t *testing.T) {
	t.Parallel()
	p := started(t, newEcho(t, "postgres://127.0.0.1:1/nowhere").service(), config.Values{"BUS_URL": "stan://127.0.0.1:1/nobody"})
	stopped := make(chan error, 1)
	go func() { stopped <- p.stop() }()
	if err := wait(t, stopped); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// wait returns what a channel gives.
func wait[T any](t *testing.T, ch <-chan T) (v T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	select {
	case v = <-ch:
	case <-ctx.Done():
		t.Fatal("nothing happened")
	}
	return v
}

func unsent(t *testing.T, address string) int {
	t.Helper()
	db, err := postgres.Open(address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	n, err := postgres.One(t.Context(), db, pgx.RowTo[int], `SELECT count(*) FROM outbox WHERE sent_at IS NULL`)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
