package postgres

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
)

// Behind pgbouncer in transaction mode everything works with its plain URL: several processes migrate at once, statements
// are not prepared at a server that the next transaction does not meet, and a change wakes the relay of its own process,
// since no notification comes there.
func TestBehindAPooler(t *testing.T) {
	t.Parallel()
	url := pgtest.Pooler(t, pgtest.Database(t))
	dbs := []*DB{closed(t, url, Events(), things()), closed(t, url, Events(), things()), closed(t, url, Events(), things())}
	var all errgroup.Group
	for _, db := range dbs {
		all.Go(func() error { return db.Migrate(t.Context()) })
	}
	must(t, all.Wait())
	for i, db := range dbs {
		for worker := range 4 {
			all.Go(func() error {
				for n := range 25 {
					if _, err := db.Change(t.Context(), func(tx Tx) (event.Draft, error) {
						return put(t.Context(), tx, i*1000+worker*100+n)
					}); err != nil {
						return err
					}
					if _, err := One(t.Context(), db, pgx.RowTo[int64], `SELECT count(*) FROM things WHERE id > $1`, n); err != nil {
						return err
					}
				}
				return nil
			})
		}
	}
	must(t, all.Wait())
	if n := len(relayed(t, dbs[0], 1000)); n != 300 {
		t.Errorf("%d events, want 300", n)
	}
	must(t, dbs[0].Ready(t.Context()))

	o := dbs[0].Outbox()
	o.poll = time.Hour
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	must(t, o.Wait(ctx)) // a change of before
	o.pause.Store(int64(time.Hour))
	woken := make(chan error, 1)
	go func() { woken <- o.Wait(ctx) }()
	mustCreate(t, dbs[0], 9999)
	must(t, <-woken)
	mustCreate(t, dbs[1], 9998)
	relayed(t, dbs[0], 1000) // after events the poll is a short one
	must(t, o.Wait(ctx))
	if n := number(t, dbs[0], listeners); n != 0 {
		t.Errorf("%d connections listen, and hear nothing", n)
	}
}

// With the URL of the server beside that of the pooler, changes of other processes are noticed at once.
func TestDirectURLHears(t *testing.T) {
	t.Parallel()
	direct := pgtest.Database(t)
	db := open(t, pgtest.Pooler(t, direct)+" "+direct)
	o := listening(t, db, time.Hour)
	mustCreate(t, open(t, direct), 1)
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	must(t, o.Wait(ctx))
	if n := len(relayed(t, db, 10)); n != 1 {
		t.Errorf("%d events", n)
	}
}

// A migration changes the type of a column under statements that were prepared before it: none fails because of it.
func TestStatementsOutliveAMigration(t *testing.T) {
	t.Parallel()
	direct := pgtest.Database(t)
	for name, url := range map[string]string{"direct": direct, "pooler": pgtest.Pooler(t, direct)} {
		db := open(t, url)
		must(t, failed(db.Exec(t.Context(), `TRUNCATE things`)))
		mustCreate(t, db, 1)
		use := func() {
			t.Helper()
			var all errgroup.Group
			for range 20 { // on all connections
				all.Go(func() error {
					return failed(One(t.Context(), db, pgx.RowTo[int64], `SELECT size FROM things WHERE id = $1 AND pg_sleep(0.01) IS NOT NULL`, 1))
				})
				all.Go(func() error {
					return failed(db.Change(t.Context(), func(tx Tx) (none event.Draft, _ error) {
						return none, failed(One(t.Context(), tx, pgx.RowTo[int64], `UPDATE things SET size = size + 1 WHERE id = $1 RETURNING size`, 1))
					}))
				})
			}
			if err := all.Wait(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		use()
		for _, to := range []string{"bigint", "integer"} {
			must(t, failed(db.Exec(t.Context(), `ALTER TABLE things ALTER size TYPE `+to)))
			use()
		}
	}
}
