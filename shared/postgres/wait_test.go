package postgres

import (
	"context"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/embedded/pgtest"
)

// listeners counts the connections that listen.
func listeners(t *testing.T, db *DB) int64 {
	t.Helper()
	return number(t, db, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %'`)
}

// listening returns the outbox of a database, once it listens, that waits for at most poll.
func listening(t *testing.T, db *DB, poll time.Duration) *Outbox {
	t.Helper()
	o := db.Outbox()
	o.poll = poll
	if err := o.Wait(t.Context()); err != nil { // comes back at once: what it did not hear may be waiting
		t.Fatal(err)
	}
	if n := listeners(t, db); n != 1 {
		t.Fatalf("%d connections listen", n)
	}
	return o
}

func TestNotificationEndsWait(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	o := listening(t, db, time.Hour)
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	mustCreate(t, db, 1) // before Wait
	if err := o.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	woken := make(chan error, 1)
	go func() { woken <- o.Wait(ctx) }()
	mustCreate(t, db, 2) // about when it waits
	if err := <-woken; err != nil {
		t.Error(err)
	}
}

func TestPollEndsWait(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	o := listening(t, db, time.Millisecond)
	for range 3 {
		if err := o.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	pid := o.listen.PgConn().PID()
	o.poll = time.Hour
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	mustCreate(t, db, 1)
	if err := o.Wait(ctx); err != nil || o.listen.PgConn().PID() != pid {
		t.Errorf("the connection did not outlive a poll: %v", err)
	}
}

func TestEndOfContextEndsListening(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	o := listening(t, db, time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	woken := make(chan error, 1)
	go func() { woken <- o.Wait(ctx) }()
	cancel()
	if err := <-woken; err == nil {
		t.Error("no error")
	}
	eventually(t, "nobody listens", func() bool { return listeners(t, db) == 0 })
}

func TestCloseEndsListening(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	other := open(t, url)
	db, err := Open(url)
	if err != nil {
		t.Fatal(err)
	}
	listening(t, db, time.Hour)
	db.Close()
	eventually(t, "nobody listens", func() bool { return listeners(t, other) == 0 })
}

// A connection that breaks is an error once; the next Wait listens again.
func TestListensAgain(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	o := listening(t, db, time.Hour)
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	number(t, db, `SELECT count(pg_terminate_backend($1))`, o.listen.PgConn().PID())
	if err := o.Wait(ctx); !unavailable(err) {
		t.Errorf("broken: %v", err)
	}
	if err := o.Wait(ctx); err != nil {
		t.Errorf("again: %v", err)
	}
	mustCreate(t, db, 1)
	if err := o.Wait(ctx); err != nil {
		t.Errorf("notified: %v", err)
	}
}
