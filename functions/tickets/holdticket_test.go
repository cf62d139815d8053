package tickets_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/timestamp"
)

func order(id, ticketID, version int32, status event.OrderStatus) event.Order {
	now := timestamp.Of(time.Now())
	return event.Order{
		ID: id, UserID: 9, Status: status, ExpiresAt: now, Version: version, TicketID: ticketID, CreatedAt: now, UpdatedAt: now,
		Ticket: event.OrderTicket{ID: ticketID, Title: "Opera", Price: 1000, CreatedAt: now, UpdatedAt: now},
	}
}

// send delivers an order's state, as the event that brings it.
func send(t *testing.T, run *functiontest.Run, o event.Order) error {
	t.Helper()
	kind := event.OrderUpdated
	if o.Version == 0 {
		kind = event.OrderCreated
	}
	return run.Deliver("hold-ticket", functiontest.Event(t, kind, o))
}

func deliver(t *testing.T, run *functiontest.Run, orders ...event.Order) {
	t.Helper()
	for _, o := range orders {
		if err := send(t, run, o); err != nil {
			t.Fatal(err)
		}
	}
}

// heldBy reports whether the ticket is held by that order, or by none for 0.
func heldBy(ticket event.Ticket, order int32) bool {
	return order == 0 && ticket.OrderID == nil || ticket.OrderID != nil && *ticket.OrderID == order
}

func TestHoldAndFree(t *testing.T) {
	t.Parallel()
	run := start(t)
	ticket := create(t, run, "Opera")
	run.Announced()
	for i, c := range []struct {
		what    string
		order   event.Order
		holder  int32
		changes int32
	}{
		{"reserved", order(1, ticket.ID, 0, event.OrderIsCreated), 1, 1},
		{"the same again", order(1, ticket.ID, 0, event.OrderIsCreated), 1, 1},
		{"extended", order(1, ticket.ID, 1, event.OrderIsCreated), 1, 1},
		{"cancelled", order(1, ticket.ID, 2, event.OrderIsCancelled), 0, 2},
		{"the first again", order(1, ticket.ID, 0, event.OrderIsCreated), 0, 2},
		{"an order's end before its begin", order(2, ticket.ID, 1, event.OrderIsCancelled), 0, 2},
		{"and then its begin", order(2, ticket.ID, 0, event.OrderIsCreated), 0, 2},
		{"a third order", order(3, ticket.ID, 0, event.OrderIsCreated), 3, 3},
		{"the first one's end again", order(1, ticket.ID, 2, event.OrderIsCancelled), 3, 3},
		{"a fourth before the third's end", order(4, ticket.ID, 0, event.OrderIsCreated), 4, 4},
		{"and then the third's end", order(3, ticket.ID, 1, event.OrderIsCancelled), 4, 4},
		{"paid", order(4, ticket.ID, 1, event.OrderIsComplete), 4, 4},
	} {
		deliver(t, run, c.order)
		got := get(t, run, ticket.ID)
		if !heldBy(got, c.holder) || got.Version != c.changes {
			t.Fatalf("%d, %s: %+v", i, c.what, got)
		}
		events := run.Announced()
		if len(events) > 1 || len(events) == 1 && !same(functiontest.Data(t, event.TicketUpdated, events[0]), got) {
			t.Errorf("%s: announced %v", c.what, events)
		}
		ticket.Version += int32(len(events))
		if ticket.Version != got.Version {
			t.Errorf("%s: a change without its event", c.what)
		}
	}
}

func TestHoldOfNoTicketIsRejected(t *testing.T) {
	t.Parallel()
	run := start(t)
	if err := send(t, run, order(1, 99, 0, event.OrderIsCreated)); !function.IsReject(err) {
		t.Errorf("%v", err)
	}
}

// Whatever the order in which the events of successive orders come, and however often: the ticket is held by
// the order that is not cancelled, every change of it is announced, and no version is left out.
func TestHoldInAnyOrder(t *testing.T) {
	t.Parallel()
	run := start(t)
	var orderID int32
	rapid.Check(t, func(r *rapid.T) {
		ticket := create(t, run, "Opera")
		run.Announced()
		var events []event.Order
		var holder int32
		orders := rapid.IntRange(1, 3).Draw(r, "orders")
		for i := range orders {
			orderID++
			version := int32(0)
			for range rapid.IntRange(1, 2).Draw(r, "states") {
				events = append(events, order(orderID, ticket.ID, version, event.OrderIsCreated))
				version++
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
		events = append(events, rapid.SliceOfN(rapid.SampledFrom(events), 0, len(events)).Draw(r, "again")...)
		deliver(t, run, rapid.Permutation(events).Draw(r, "as they come")...)
		got := get(t, run, ticket.ID)
		if !heldBy(got, holder) {
			r.Fatalf("%+v, want it held by %d", got, holder)
		}
		last := ticket
		for _, e := range run.Announced() {
			now := functiontest.Data(t, event.TicketUpdated, e)
			if now.Version != last.Version+1 || heldBy(now, 0) && heldBy(last, 0) {
				r.Fatalf("%+v after %+v", now, last)
			}
			last = now
		}
		if !same(last, got) {
			r.Fatalf("announced %+v last, stored %+v", last, got)
		}
	})
}
