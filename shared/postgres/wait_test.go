package postgres

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

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
	pid := o.listen.conn.PgConn().PID()
	o.poll = time.Hour
	relayed(t, db, 100)
	mustCreate(t, db, 1) // by a change that came before
	must(t, o.Wait(ctx))
	if o.listen.conn.PgConn().PID() != pid {
		t.Error("the connection did not outlive a poll")
	}
	woken := make(chan error, 1)
	go func() { woken <- o.Wait(ctx) }()
	mustCreate(t, db, 2) // by one that comes about when it waits
	must(t, <-woken)
	mustCreate(t, db, 6)
	relayed(t, db, 100)
	if len(o.woken) > 0 {
		t.Error("what is sent ends a wait, too")
	}
	elsewhere := open(t, url) // by one of a process that does not relay
	mustCreate(t, elsewhere, 4)
	must(t, o.Wait(ctx))
	go func() { woken <- o.Wait(ctx) }()
	mustCreate(t, elsewhere, 5)
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

// A process that relays notifies no other. One that does not notifies them beside its changes, which do not wait for it, and once for many.
func TestNotifications(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	listener, err := pgx.Connect(ctx, url)
	must(t, err)
	defer listener.Close(context.WithoutCancel(ctx)) //nolint:errcheck // the test is over
	must(t, failed(listener.Exec(ctx, `LISTEN outbox`)))
	relaying, sleeping := open(t, url), open(t, url)
	must(t, failed(relaying.Outbox().Relay(ctx, 1, nil)))
	mustCreate(t, relaying, 1)

	var busy []*pgxpool.Conn
	for range sleeping.pool.Config().MaxConns {
		conn, err := sleeping.pool.Acquire(ctx)
		must(t, err)
		busy = append(busy, conn)
	}
	for range 20 {
		sleeping.Outbox().stored()
	}
	for _, conn := range busy {
		conn.Release()
	}
	sleeping.Outbox().Notified(ctx)
	must(t, failed(relaying.Exec(ctx, `NOTIFY outbox, 'end'`)))
	heard := 0
	for ; ; heard++ {
		n, err := listener.WaitForNotification(ctx)
		must(t, err)
		if n.Payload == "end" {
			break
		}
	}
	if heard != 1 && heard != 2 { // what was stored while the first one waited for a connection is in the second
		t.Errorf("%d notifications", heard)
	}
}
