package postgres

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
)

// However many changes wait for a lock, or for their turn, others find a connection; and when the lock is free, all are made.
func TestWaitsHoldNoConnection(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	admin, db := open(t, url), open(t, url+"&pool_max_conns=2")
	mustCreate(t, db, 1)
	mustCreate(t, db, 2)
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	grow := func(id int) func(Tx) (event.Draft, error) {
		return func(tx Tx) (none event.Draft, _ error) {
			return none, failed(tx.Exec(ctx, `UPDATE things SET size = size + 1 WHERE id = $1`, id))
		}
	}
	for name, change := range map[string]func(int) error{
		"a lock": func(int) error { return failed(db.Change(ctx, grow(1))) },
		"a turn": func(int) error { return failed(db.ChangeInTurn(ctx, "one", grow(1))) },
	} {
		must(t, failed(db.Exec(ctx, `UPDATE things SET size = 0`)))
		var waiting errgroup.Group
		must(t, pgx.BeginFunc(ctx, admin.pool, func(tx Tx) error {
			_, err := grow(1)(tx)
			for i := range 10 {
				waiting.Go(func() error { return change(i) })
			}
			await(t, "a wait", func() bool {
				return number(t, admin, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) > 0
			})
			for range 3 {
				must(t, failed(db.ChangeInTurn(ctx, "another", grow(2))))
			}
			return err
		}))
		must(t, waiting.Wait())
		if n := number(t, db, `SELECT sum(100 * size * (2 - id) + size * (id - 1)) FROM things`); n != 1103 {
			t.Errorf("%s: %d, want 11 changes of the one, 3 of the other", name, n)
		}
	}
	if len(db.turns.queues) != 0 {
		t.Errorf("%d queues are left", len(db.turns.queues))
	}
}

// Two processes take turns, too: what one has read, no other has changed when it writes.
func TestTurnsOfProcesses(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	replicas := []*DB{open(t, url), open(t, url)}
	mustCreate(t, replicas[0], 1)
	for _, key := range []any{int32(7), "ada@example.com"} {
		must(t, failed(replicas[0].Exec(t.Context(), `UPDATE things SET size = 0`)))
		var all errgroup.Group
		for i := range 20 {
			all.Go(func() error {
				return failed(replicas[i%2].ChangeInTurn(t.Context(), key, func(tx Tx) (none event.Draft, _ error) {
					size, err := One(t.Context(), tx, pgx.RowTo[int64], `SELECT size FROM things`)
					if err != nil {
						return none, err
					}
					return none, failed(tx.Exec(t.Context(), `UPDATE things SET size = $1`, size+1))
				}))
			})
		}
		must(t, all.Wait())
		if n := number(t, replicas[0], `SELECT size FROM things`); n != 20 {
			t.Errorf("%v: %d of 20 changes are left", key, n)
		}
	}
}
