package postgres

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
)

// A standby takes over under load, while the name leads to the old server for some seconds more: it answers, and takes no
// writes. All that fails says that the database is unavailable, no connection stays with the old server, and what was
// committed is there.
func TestFailover(t *testing.T) {
	t.Parallel()
	primary, standby := pgtest.Pair(t)
	name := pgtest.NewName(t, primary)
	db := open(t, name.URL("postgres"))
	var next, committed, refused atomic.Int64
	ctx, cancel := context.WithCancel(t.Context())
	var load sync.WaitGroup
	work := func(do func() error) {
		load.Go(func() {
			for ctx.Err() == nil {
				if err := do(); err != nil && ctx.Err() == nil {
					refused.Add(1)
					if !unavailable(err) {
						t.Errorf("it does not say that the database is unavailable: %v", err)
						return
					}
				}
			}
		})
	}
	for range 6 {
		work(func() error {
			id := int(next.Add(1))
			_, err := db.Change(t.Context(), func(tx Tx) (event.Draft, error) { return put(t.Context(), tx, id) })
			if err == nil {
				committed.Add(1)
			}
			return err
		})
	}
	work(func() error { return failed(One(ctx, db, pgx.RowTo[int64], `SELECT count(*) FROM things`)) })
	work(func() error { return db.Outbox().Wait(ctx) })
	work(func() error {
		return failed(db.Outbox().Relay(t.Context(), 100, func(_ context.Context, e []event.Event) []error { return make([]error, len(e)) }))
	})
	await(t, "load", func() bool { return committed.Load() > 100 })
	pgtest.SwitchOver(t, primary, standby)
	await(t, "refusals", func() bool { return db.Ready(t.Context()) != nil })
	before := refused.Load()
	await(t, "more refusals", func() bool { return refused.Load() > before+100 })
	if err := db.Ready(t.Context()); !unavailable(err) {
		t.Errorf("ready on a server that takes no writes: %v", err)
	}
	name.Point(standby)
	moved := time.Now()
	await(t, "writes", func() bool { return db.Ready(t.Context()) == nil })
	t.Logf("ready after %s; %d calls were refused", time.Since(moved).Round(time.Millisecond), refused.Load())
	after := committed.Load()
	await(t, "load again", func() bool { return committed.Load() > after+100 })
	cancel()
	load.Wait()
	if n := number(t, db, `SELECT count(*) FROM things`); n < committed.Load() {
		t.Errorf("%d were committed, %d are there", committed.Load(), n)
	}
}

// await waits until something is so.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(soon); !so(); <-time.After(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

// A server that is told to take no writes, while connections to it are open, is no database to use.
func TestServerTurnsReadOnly(t *testing.T) {
	t.Parallel()
	server := pgtest.Server(t)
	db := open(t, server.URL("postgres"))
	set := func(command string) {
		t.Helper()
		admin, err := pgx.Connect(t.Context(), server.URL("postgres"))
		must(t, err)
		must(t, failed(admin.Exec(t.Context(), `ALTER SYSTEM `+command)))
		must(t, failed(admin.Exec(t.Context(), `SELECT pg_reload_conf()`)))
		must(t, admin.Close(t.Context()))
	}
	write := func() error { return failed(db.Exec(t.Context(), `DELETE FROM things`)) }
	must(t, write())
	set(`SET default_transaction_read_only = on`)
	await(t, "a refusal", func() bool { return write() != nil })
	for range 3 { // on the connection that was there, and on a new one
		if err := write(); !unavailable(err) {
			t.Errorf("write: %v", err)
		}
		if err := db.Ready(t.Context()); !unavailable(err) {
			t.Errorf("ready: %v", err)
		}
	}
	await(t, "no connection", func() bool { return db.pool.Stat().TotalConns() == 0 })
	set(`RESET default_transaction_read_only`)
	await(t, "readiness", func() bool { return db.Ready(t.Context()) == nil })
	must(t, write())
}
