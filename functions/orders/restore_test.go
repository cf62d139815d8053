package orders

import (
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// After a restore of tickets to an earlier moment, its tickets are as it says, however much older than what was known, and those that
// it has lost cannot be ordered.
func TestRestore(t *testing.T) {
	t.Parallel()
	f := start(t, 10, 1)
	ticket := f.offer(1)
	f.offer(2)
	ticket.Version, ticket.Price = 7, 9900
	functiontest.Deliver(t, f.Run, "copy-ticket", event.TicketUpdated, ticket)
	restore := f.Restore()
	f.Must(restore.Begin(t.Context()))
	f.offer(1)
	for _, act := range []bool{false, true} {
		lines, err := restore.End(t.Context(), time.Now(), act)
		if f.Must(err); len(lines) != 1 {
			t.Errorf("act %v: %q", act, lines)
		}
	}
	order := functiontest.Parse[Reply](t, f.order(buyer, 1), 201).Order
	if order.Ticket.Price != 1000 || order.ID < 1000 {
		t.Errorf("ordered %+v", order)
	}
	functiontest.Refused(t, "lost", f.order(buyer, 2), 400, "Ticket not found.")
	f.Announced()
	if n, err := restore.Announce(t.Context(), time.Now().Add(time.Hour)); err != nil || n != 1 {
		t.Errorf("announces %d orders, %v", n, err)
	}
	if events := f.Announced(); len(events) != 1 || functiontest.Data(t, event.OrderCreated, events[0]) != order.Order {
		t.Errorf("announced %v", events)
	}
}

// Who bought a ticket that tickets has lost still has a pass of it, and its seller can refund it; nobody can order it then.
func TestRestoreOfSoldTicket(t *testing.T) {
	t.Parallel()
	f := start(t, 10, 1)
	order := f.paid(1)
	restore := f.Restore()
	f.Must(restore.Begin(t.Context()))
	for _, lost := range []int{1, 0} { // the second time nothing is left to do
		lines, err := restore.End(t.Context(), time.Now(), true)
		if f.Must(err); len(lines) != lost {
			t.Errorf("%q", lines)
		}
	}
	code := f.passOf(order).Code
	if got := functiontest.Parse[Pass](t, f.check(code), 200); got.Status != PassIsValid {
		t.Errorf("%+v", got)
	}
	functiontest.Parse[Reply](t, f.Call(seller, "POST", path(order.ID)+"/refund", ""), 200)
	functiontest.Refused(t, "lost", f.order(stranger, 1), 400, "Ticket is no longer offered.")
}

// A payment that is found after tickets has lost its ticket completes the order, which has its pass and its refund as any other; the ticket of an
// order that is given back is not offered again.
func TestRestoreBeforePayment(t *testing.T) {
	t.Parallel()
	f := start(t, 10, 1)
	order, given := f.reserve(1), f.reserve(2)
	restore := f.Restore()
	f.Must(restore.Begin(t.Context()))
	lines, err := restore.End(t.Context(), time.Now(), true)
	if f.Must(err); len(lines) != 2 {
		t.Errorf("%q", lines)
	}
	f.Must(f.pay(order.ID, 1, 1000))
	f.passOf(order)
	functiontest.Parse[Reply](t, f.Call(seller, "POST", path(order.ID)+"/refund", ""), 200)
	f.cancel(given.ID)
	for _, id := range []int32{1, 2} {
		functiontest.Refused(t, "lost", f.order(stranger, id), 400, "Ticket is no longer offered.")
	}
	f.Announced()
}
