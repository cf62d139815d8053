package postgres

import (
	"context"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/embedded/pgtest"
)

const listeners = `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %'`

// listening returns the outbox of a database, once it listens, that waits for at most poll.
func listening(t *testing.T, db *DB, poll time.Duration) *Outbox {
	t.Helper()
	o := db.Outbox()
	o.poll = poll
	must(t, o.Wait(t.Context())) // returns at once: events from before may be waiting
	if n := number(t, db, listeners); n != 1 {
		t.Fatalf("%d connections listen", n)
	}
	return o
}

func TestWaitEnds(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	db := open(t, url)
	o := listening(t, db, time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	for range 3 { // by the poll, which the connection outlives
		must(t, o.Wait(ctx))
	}
	pid := o.listen.PgConn().PID()
	o.poll = time.Hour
	mustCreate(t, db, 1) // by a notification that came before
	must(t, o.Wait(ctx))
	if o.listen.PgConn().PID() != pid {
		t.Error("the connection did not outlive a poll")
	}
	woken := make(chan error, 1)
	go func() { woken <- o.Wait(ctx) }()
	mustCreate(t, db, 2) // by one that comes about when it waits
	must(t, <-woken)
	number(t, db, `SELECT count(pg_terminate_backend($1, 10000))`, pid) // by an error, once, when its connection breaks
	if err := o.Wait(ctx); !unavailable(err) {
		t.Errorf("broken: %v", err)
	}
	must(t, o.Wait(ctx))
	mustCreate(t, db, 3)
	must(t, o.Wait(ctx))
	go func() { woken <- o.Wait(ctx) }()
	cancel() // by its context, which ends the listening, too
	if err := <-woken; err == nil {
		t.Error("no error")
	}
	eventually(t, db, 0, listeners)

	other, err := Open(url)
	must(t, err)
	listening(t, other, time.Hour)
	other.Close()
	eventually(t, db, 0, listeners)
}
