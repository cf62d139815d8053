package postgres

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
)

// What an operator does to sessions, what the server's own limits end, and a disk that is full: each says that the database is
// unavailable (503 and Retry-After, another try for an event), and when it has passed everything works.
func TestTroubleThatPasses(t *testing.T) {
	t.Parallel()
	raise := func(code string) (string, string) {
		return `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '` + code + `'; END $$;
			CREATE TRIGGER refuse BEFORE UPDATE ON things EXECUTE FUNCTION refuse()`, `DROP FUNCTION refuse CASCADE`
	}
	full, space := raise("53100")
	update := func(ctx context.Context, tx Tx) error {
		return failed(tx.Exec(ctx, `UPDATE things SET size = size + 1 WHERE id = $1`, 1))
	}
	for name, c := range map[string]struct {
		parameter  string // of the connection
		begin, end string
		locked     bool // another transaction holds the row
		during     func(context.Context, *DB, Tx) error
	}{
		"disk full":         {begin: full, end: space},
		"lock_timeout":      {parameter: "lock_timeout=50", locked: true},
		"statement_timeout": {parameter: "statement_timeout=500", locked: true},
		"idle_in_transaction_session_timeout": {parameter: "idle_in_transaction_session_timeout=500", during: func(ctx context.Context, db *DB, tx Tx) error {
			pid := tx.Conn().PgConn().PID()
			for ctx.Err() == nil {
				if n, err := One(ctx, db, pgx.RowTo[int], `SELECT count(*) FROM pg_stat_activity WHERE pid = $1`, pid); n == 0 {
					return err
				}
			}
			return ctx.Err()
		}},
		"pg_terminate_backend": {during: func(ctx context.Context, db *DB, tx Tx) error {
			return failed(db.Exec(ctx, `SELECT pg_terminate_backend($1, 10000)`, tx.Conn().PgConn().PID()))
		}},
		"pg_cancel_backend": {locked: true, during: func(ctx context.Context, db *DB, tx Tx) error {
			pid, cancelled := tx.Conn().PgConn().PID(), make(chan struct{})
			go func() {
				defer close(cancelled)
				for waits := false; !waits && ctx.Err() == nil; {
					waits, _ = One(ctx, db, pgx.RowTo[bool], `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock'`, pid)
				}
			}()
			_, err := tx.Exec(ctx, `SET LOCAL lock_timeout = 0`)
			err = errors.Join(err, update(ctx, tx))
			<-cancelled
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := pgtest.Database(t)
			admin := open(t, url)
			db := closed(t, url+"&"+c.parameter, Events(), things())
			db.migrated.Store(true)
			mustCreate(t, db, 1)
			ctx, cancel := context.WithTimeout(t.Context(), soon)
			defer cancel()
			change := func(during func(context.Context, *DB, Tx) error) error {
				return failed(db.Change(ctx, func(tx Tx) (none event.Draft, err error) {
					if during != nil {
						err = during(ctx, admin, tx)
					}
					return draft(1), errors.Join(err, update(ctx, tx))
				}))
			}
			if c.begin != "" {
				must(t, failed(admin.Exec(ctx, c.begin)))
			}
			check := func() {
				if err := change(c.during); !unavailable(err) {
					t.Errorf("%v", err)
				}
			}
			if c.locked {
				must(t, pgx.BeginFunc(ctx, admin.pool, func(tx Tx) error {
					err := update(ctx, tx)
					check()
					return err
				}))
			} else {
				check()
			}
			if c.end != "" {
				must(t, failed(admin.Exec(ctx, c.end)))
			}
			must(t, db.Ready(ctx))
			must(t, change(nil))
			if n := number(t, db, `SELECT count(*) FROM outbox`); n != 2 {
				t.Errorf("%d events, want that of the thing and that of the change that worked", n)
			}
		})
	}
}

// Sessions are ended again and again under load: what fails says that the database is unavailable, and no more.
func TestTerminatedUnderLoad(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	admin, db := open(t, url), open(t, url+"&application_name=load")
	mustCreate(t, db, 1)
	ctx, cancel := context.WithCancel(t.Context())
	var ended, broken atomic.Int64
	var load errgroup.Group
	for range 8 {
		load.Go(func() error {
			for ctx.Err() == nil {
				_, err := db.Change(t.Context(), func(tx Tx) (event.Draft, error) {
					return draft(1), failed(One(t.Context(), tx, pgx.RowTo[int], `UPDATE things SET size = size + 1 WHERE id = $1 RETURNING size`, 1))
				})
				if err != nil && !unavailable(err) {
					return err
				}
				if err != nil {
					broken.Add(1)
				}
			}
			return nil
		})
	}
	await(t, "ends of sessions", func() bool {
		ended.Add(number(t, admin, `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'load'`))
		return broken.Load() > 20
	})
	cancel()
	must(t, load.Wait())
	must(t, db.Ready(t.Context()))
	mustCreate(t, db, 2)
}
