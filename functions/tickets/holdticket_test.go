package tickets_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

func TestHoldAndFree(t *testing.T) {
	t.Parallel()
	f := start(t)
	ticket := f.create("Opera")
	for _, c := range []struct {
		what            string
		order           event.Order
		holder, changes int32
	}{
		{"reserved", order(1, ticket.ID, 0, event.OrderIsCreated), 1, 1},
		{"extended", order(1, ticket.ID, 1, event.OrderIsCreated), 1, 1},
		{"cancelled", order(1, ticket.ID, 2, event.OrderIsCancelled), 0, 2},
		{"the first again", order(1, ticket.ID, 0, event.OrderIsCreated), 0, 2},
		{"an order's end before its begin", order(2, ticket.ID, 1, event.OrderIsCancelled), 0, 2},
		{"and then its begin", order(2, ticket.ID, 0, event.OrderIsCreated), 0, 2},
		{"a third order", order(3, ticket.ID, 0, event.OrderIsCreated), 3, 3},
		{"a fourth before the third's end", order(4, ticket.ID, 0, event.OrderIsCreated), 4, 4},
		{"and then the third's end", order(3, ticket.ID, 1, event.OrderIsCancelled), 4, 4},
		{"paid", order(4, ticket.ID, 1, event.OrderIsComplete), 4, 5},
		{"and some of its money back", order(4, ticket.ID, 2, event.OrderIsComplete), 4, 5},
	} {
		f.Must(f.send(c.order))
		got := f.get(ticket.ID)
		if want := statusOf(c.holder, c.order); !heldBy(got, c.holder) || got.Version != c.changes || got.Status != want {
			t.Fatalf("%s: %+v", c.what, got)
		}
		if got.Version == ticket.Version {
			f.Silent(c.what)
		} else {
			functiontest.Announced(t, f.Run, event.TicketUpdated, got, 0)
		}
		ticket = got
	}
	if err := f.send(order(1, 99, 0, event.OrderIsCreated)); !function.IsReject(err) {
		t.Errorf("an order of no ticket: %v", err)
	}
}

// statusOf is that of a ticket with this holder, after the newest state of an order of it.
func statusOf(holder int32, newest event.Order) event.TicketStatus {
	switch {
	case holder == 0:
		return event.TicketIsAvailable
	case newest.ID == holder && newest.Status == event.OrderIsComplete:
		return event.TicketIsSold
	}
	return event.TicketIsReserved
}

// Whatever the order in which the events of successive orders come, and however often: the ticket is held by
// the order that is not cancelled, every change of it is announced, and no version is left out.
func TestHoldInAnyOrder(t *testing.T) {
	t.Parallel()
	f := start(t)
	var orderID int32
	rapid.Check(t, func(r *rapid.T) {
		ticket := f.create("Opera")
		var events []event.Order
		var holder int32
		orders := rapid.IntRange(1, 3).Draw(r, "orders")
		for i := range orders {
			orderID++
			version := rapid.Int32Range(1, 2).Draw(r, "states")
			for v := range version {
				events = append(events, order(orderID, ticket.ID, v, event.OrderIsCreated))
			}
			end := event.OrderIsCancelled // a successor is possible after this only
			if i == orders-1 {
				end = rapid.SampledFrom([]event.OrderStatus{event.OrderIsCreated, event.OrderIsComplete, event.OrderIsCancelled}).Draw(r, "end")
			}
			events = append(events, order(orderID, ticket.ID, version, end))
			if end != event.OrderIsCancelled {
				holder = orderID
			}
		}
		want := statusOf(holder, events[len(events)-1])
		events = append(events, rapid.SliceOfN(rapid.SampledFrom(events), 0, len(events)).Draw(r, "again")...)
		for coming := rapid.Permutation(events).Draw(r, "as they come"); len(coming) > 0; {
			n := rapid.IntRange(1, len(coming)).Draw(r, "at once")
			functiontest.DeliverBatch(t, f.Run, "hold-ticket", event.OrderUpdated, coming[:n]...)
			coming = coming[n:]
		}
		last, got := ticket, f.get(ticket.ID)
		for _, e := range f.Announced() {
			now := functiontest.Data(t, event.TicketUpdated, e)
			if now.Version != last.Version+1 || heldBy(now, 0) && heldBy(last, 0) {
				r.Fatalf("%+v after %+v", now, last)
			}
			last = now
		}
		if !heldBy(got, holder) || got.Status != want || !same(last, got) {
			r.Fatalf("%+v, want it held by %d; announced %+v last", got, holder, last)
		}
	})
}

// Events of several tickets are handled in one step.
func TestHoldManyAtOnce(t *testing.T) {
	t.Parallel()
	f := start(t)
	one, two, three := f.create("Opera"), f.create("Ballet"), f.create("Concert")
	functiontest.DeliverBatch(t, f.Run, "hold-ticket", event.OrderCreated,
		order(3, three.ID, 0, event.OrderIsCreated), order(1, one.ID, 0, event.OrderIsCreated), order(2, two.ID, 1, event.OrderIsCancelled))
	for id, holder := range map[int32]int32{one.ID: 1, two.ID: 0, three.ID: 3} {
		if got := f.get(id); !heldBy(got, holder) {
			t.Errorf("%+v, want it held by %d", got, holder)
		}
	}
	if events := f.Announced(); len(events) != 2 {
		t.Errorf("announced %v", events)
	}
}

// meet lets two steps wait for a ticket's row before either of them gets it.
func (f fixture) meet(ticketID int32, steps ...func() error) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), 20*time.Second)
	defer cancel()
	pool, err := pgxpool.New(ctx, f.url)
	f.Must(err)
	defer pool.Close()
	var all errgroup.Group
	f.Must(pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT FROM tickets WHERE id = $1 FOR UPDATE`, ticketID); err != nil {
			return err
		}
		for i, step := range steps {
			all.Go(step)
			for waiting := 0; waiting <= i; {
				if err := pool.QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity, pg_sleep(0.005)
					WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&waiting); err != nil {
					return err
				}
			}
		}
		return nil
	}))
	f.Must(all.Wait())
}

// An update that meets a reservation does not undo it; a late cancellation that meets the next order frees nothing.
func TestHoldMeetsOthers(t *testing.T) {
	t.Parallel()
	f := start(t)
	ticket := f.create("Opera")
	var update functiontest.Answer
	f.meet(ticket.ID,
		func() error { return f.send(order(1, ticket.ID, 0, event.OrderIsCreated)) },
		func() error { update = f.Call(seller, "PUT", path(ticket.ID), offer("Ballet", "2")); return nil },
	)
	title := "Ballet" // it came first
	if update.Status != 200 {
		functiontest.Refused(t, "update", update, 403, "Ticket is reserved.")
		title = "Opera"
	}
	if got := f.get(ticket.ID); !heldBy(got, 1) || got.Title != title {
		t.Errorf("%+v, want %s", got, title)
	}
	f.meet(ticket.ID,
		func() error { return f.send(order(2, ticket.ID, 0, event.OrderIsCreated)) },
		func() error { return f.send(order(1, ticket.ID, 1, event.OrderIsCancelled)) },
	)
	if got := f.get(ticket.ID); !heldBy(got, 2) {
		t.Errorf("%+v", got)
	}
}

// A cancellation that has seen no other order, and is slow to free the ticket, and the next order meanwhile: that one holds it.
func TestSlowCancellation(t *testing.T) {
	t.Parallel()
	f := start(t)
	db := f.database()
	ticket := f.create("Opera")
	f.Must(f.send(order(1, ticket.ID, 0, event.OrderIsCreated)))
	_, err := db.Exec(t.Context(), `
		CREATE TABLE go_on (now boolean);
		CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			WHILE NOT EXISTS (SELECT FROM holds WHERE live) AND NOT EXISTS (SELECT FROM go_on) LOOP PERFORM pg_sleep(0.005); END LOOP;
			RETURN NULL;
		END $$;
		CREATE TRIGGER slow BEFORE UPDATE ON tickets FOR EACH STATEMENT EXECUTE FUNCTION slow()`)
	f.Must(err)
	cancelled, next := make(chan error, 1), make(chan error, 1)
	go func() { cancelled <- f.send(order(1, ticket.ID, 1, event.OrderIsCancelled)) }()
	await(f, db, `wait_event = 'PgSleep'`, cancelled)
	go func() { next <- f.send(order(2, ticket.ID, 0, event.OrderIsCreated)) }()
	await(f, db, `wait_event_type = 'Lock'`, next)
	_, err = db.Exec(t.Context(), `INSERT INTO go_on VALUES (true)`)
	f.Must(errors.Join(err, <-cancelled, <-next))
	if got := f.get(ticket.ID); !heldBy(got, 2) {
		t.Errorf("%+v, want it held by the next order", got)
	}
}

// A change that waits while its ticket is reserved is refused.
func TestUpdateMeetsHold(t *testing.T) {
	t.Parallel()
	f := start(t)
	db, ticket := f.database(), f.create("Opera")
	hold, err := db.Begin(t.Context())
	f.Must(err)
	_, err = hold.Exec(t.Context(), `UPDATE tickets SET order_id = 7 WHERE id = $1`, ticket.ID)
	f.Must(err)
	changed := make(chan functiontest.Answer, 1)
	go func() { changed <- f.Call(seller, "PUT", path(ticket.ID), offer("Ballet", "2")) }()
	await(f, db, `wait_event_type = 'Lock'`, changed)
	f.Must(hold.Commit(t.Context()))
	if got, now := <-changed, f.get(ticket.ID); got.Status != 403 || !heldBy(now, 7) || now.Title != "Opera" {
		t.Errorf("%d %s: %+v, want it held", got.Status, got.Body, now)
	}
}

// Changes at the same time are one after the other: no version is missing or announced twice.
func TestUpdatesAtOnce(t *testing.T) {
	t.Parallel()
	f := start(t)
	ticket := f.create("Opera")
	got := functiontest.AtOnce(t, 16, func(int) functiontest.Answer { return f.Call(seller, "PUT", path(ticket.ID), offer("Ballet", "2")) })
	seen := map[int32]bool{}
	for _, e := range f.Announced() {
		seen[functiontest.Data(t, event.TicketUpdated, e).Version] = true
	}
	if got["200 Ticket updated."] != 16 || len(seen) != 16 || !seen[1] || !seen[16] || f.get(ticket.ID).Version != 16 {
		t.Errorf("%v, announced versions %v, stored %d", got, seen, f.get(ticket.ID).Version)
	}
}
