package tickets_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// After a restore of orders to an earlier moment, its orders hold their tickets as they say, however much older than what was known, and
// tickets whose orders were lost are free.
func TestRestore(t *testing.T) {
	t.Parallel()
	f := start(t)
	kept, given, lost := f.create("kept"), f.create("given back after the backup"), f.create("ordered after the backup")
	f.attach(lost.ID, "read by who ordered")
	of := func(id int32, ticket event.Ticket, version int32, status event.OrderStatus) event.Order {
		return event.Order{ID: id, UserID: 8, Status: status, Version: version, TicketID: ticket.ID, ExpiresAt: ticket.CreatedAt}
	}
	for _, o := range []event.Order{of(1, kept, 1, event.OrderIsComplete), of(2, given, 5, event.OrderIsCancelled), of(3, lost, 1, event.OrderIsComplete)} {
		functiontest.Deliver(t, f.Run, "hold-ticket", event.OrderUpdated, o)
	}
	restore, since := f.Restore(), time.Now().Add(-time.Hour)
	f.Must(restore.Begin(t.Context()))
	for _, o := range []event.Order{of(1, kept, 1, event.OrderIsComplete), of(2, given, 0, event.OrderIsCreated)} {
		functiontest.Deliver(t, f.Run, "hold-ticket", event.OrderUpdated, o)
	}
	for _, act := range []bool{false, true} {
		lines, err := restore.End(t.Context(), since, act)
		if f.Must(err); len(lines) != 1 {
			t.Errorf("act %v: %q", act, lines)
		}
	}
	if lines, err := restore.End(t.Context(), since, true); err != nil || len(lines) > 0 {
		t.Errorf("again: %q, %v", lines, err)
	}
	holder := func(id int32) int32 {
		if held := functiontest.Parse[event.Ticket](t, f.Call(0, "GET", path(id), ""), 200); held.OrderID != nil {
			return *held.OrderID
		}
		return 0
	}
	if kept := f.get(kept.ID); kept.Status != event.TicketIsSold {
		t.Errorf("%+v, want it sold", kept)
	}
	if holder(kept.ID) != 1 || holder(given.ID) != 2 || holder(lost.ID) != 0 {
		t.Errorf("held by %d, %d, %d", holder(kept.ID), holder(given.ID), holder(lost.ID))
	}
	f.Announced()
	f.Refuses(seller, "GET", attachment(lost.ID), "", 404, "Ticket has no attachment.")
	if next := f.create("new"); next.ID <= lost.ID+1000 {
		t.Errorf("the next id is %d", next.ID)
	}
}

// All tickets are announced, those whose events are no longer in the outbox, too.
func TestRestoreAnnounces(t *testing.T) {
	t.Parallel()
	f := start(t)
	for _, title := range []string{"one", "two", "three"} {
		f.create(title)
	}
	db, err := pgx.Connect(t.Context(), f.url)
	f.Must(err)
	defer db.Close(t.Context()) //nolint:errcheck // the test ends
	_, err = db.Exec(t.Context(), `DELETE FROM outbox WHERE data->>'title' = 'two'`)
	f.Must(err)
	f.Announced()
	for range 2 {
		n, err := f.Restore().Announce(t.Context(), time.Now().Add(time.Hour))
		if f.Must(err); n != 3 {
			t.Errorf("announces %d", n)
		}
		events := f.Announced()
		if len(events) != 3 {
			t.Fatalf("announced %v", events)
		}
		for _, e := range events {
			if ticket, err := event.DataOf[event.Ticket](e); err != nil || ticket.Version != 0 {
				t.Errorf("%s: %v", e, err)
			}
		}
	}
}
