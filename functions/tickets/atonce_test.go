package tickets_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// line lets the steps line up for a ticket's row, in their order, before the first of them gets it.
func line(t *testing.T, url string, ticketID int32, steps ...func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	var all errgroup.Group
	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT FROM tickets WHERE id = $1 FOR UPDATE`, ticketID); err != nil {
			return err
		}
		for i, step := range steps {
			all.Go(step)
			for waiting := 0; waiting <= i; time.Sleep(5 * time.Millisecond) {
				if err := pool.QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity
					WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&waiting); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := all.Wait(); err != nil {
		t.Fatal(err)
	}
}

// An update that meets a reservation does not undo it.
func TestUpdateWhileReserved(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	run := startAt(t, url)
	ticket := create(t, run, "Opera")
	line(t, url, ticket.ID,
		func() error { return send(t, run, order(1, ticket.ID, 0, event.OrderIsCreated)) },
		func() error {
			functiontest.Refused(t, "update", run.Call(seller, "PUT", path(ticket.ID), offer("Ballet", "2")), 403, "Ticket is reserved.")
			return nil
		},
	)
	if got := get(t, run, ticket.ID); !heldBy(got, 1) || got.Title != "Opera" {
		t.Errorf("%+v", got)
	}
}

// A late cancellation that meets the next order frees nothing.
func TestHoldWhileFreed(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	run := startAt(t, url)
	ticket := create(t, run, "Opera")
	deliver(t, run, order(1, ticket.ID, 0, event.OrderIsCreated))
	line(t, url, ticket.ID,
		func() error { return send(t, run, order(2, ticket.ID, 0, event.OrderIsCreated)) },
		func() error { return send(t, run, order(1, ticket.ID, 1, event.OrderIsCancelled)) },
	)
	if got := get(t, run, ticket.ID); !heldBy(got, 2) {
		t.Errorf("%+v", got)
	}
}

// Changes at the same time are one after the other: no version is missing or announced twice.
func TestUpdatesAtOnce(t *testing.T) {
	t.Parallel()
	run := start(t)
	ticket := create(t, run, "Opera")
	run.Announced()
	var all errgroup.Group
	for range 16 {
		all.Go(func() error {
			if a := run.Call(seller, "PUT", path(ticket.ID), offer("Ballet", "2")); a.Status != 200 {
				t.Errorf("%d %s", a.Status, a.Body)
			}
			return nil
		})
	}
	if err := all.Wait(); err != nil {
		t.Fatal(err)
	}
	seen := map[int32]bool{}
	for _, e := range run.Announced() {
		seen[functiontest.Data(t, event.TicketUpdated, e).Version] = true
	}
	if got := get(t, run, ticket.ID); len(seen) != 16 || !seen[1] || !seen[16] || got.Version != 16 {
		t.Errorf("announced versions %v, stored %d", seen, got.Version)
	}
}
