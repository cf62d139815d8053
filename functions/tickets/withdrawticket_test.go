package tickets_test

import (
	"testing"

	"github.com/gittix/ticketing/functions/tickets"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

func (f fixture) withdraw(id int32) tickets.Reply {
	f.t.Helper()
	return functiontest.Parse[tickets.Reply](f.t, f.Call(seller, "DELETE", path(id), ""), 200)
}

// A ticket is withdrawn once, is announced, and is no longer on any list of what can be had.
func TestWithdrawTicket(t *testing.T) {
	t.Parallel()
	f := start(t)
	ticket := f.create("Opera")
	f.create("Ballet")
	r := f.withdraw(ticket.ID)
	ticket.Status, ticket.Withdrawn, ticket.Version, ticket.UpdatedAt = event.TicketIsWithdrawn, true, 1, r.Ticket.UpdatedAt
	if r.Message != "Ticket withdrawn." || !same(r.Ticket.Ticket, ticket) {
		t.Errorf("%+v", r)
	}
	f.changed(event.TicketUpdated, r)
	if again := f.withdraw(ticket.ID); !same(again.Ticket.Ticket, ticket) || again.Seq != 0 {
		t.Errorf("again: %+v", again)
	}
	f.Silent("withdrawn again")
	for query, want := range map[string]int{"": 2, "unsold=true": 1, "available=true": 1, "userId=7": 2, "userId=7&unsold=true": 1, "userId=7&available=true": 1, "q=opera": 1, "q=opera&unsold=true": 0, "q=opera&available=true": 0} {
		if got, _ := f.titles("/api/tickets?" + query); len(got) != want {
			t.Errorf("%s: %q", query, got)
		}
	}
	f.Refuses(seller, "PUT", path(ticket.ID), offer("Circus", "2"), 409, "Ticket is withdrawn.")
}

// An order that was placed before orders knew of the withdrawal stays. Once it ends, even after it was paid, the ticket is withdrawn.
func TestWithdrawnAndOrdered(t *testing.T) {
	t.Parallel()
	f := start(t)
	ticket := f.create("Opera")
	f.withdraw(ticket.ID)
	for version, c := range []struct {
		order event.OrderStatus
		want  event.TicketStatus
	}{{event.OrderIsCreated, event.TicketIsReserved}, {event.OrderIsComplete, event.TicketIsSold}, {event.OrderIsCancelled, event.TicketIsWithdrawn}} {
		f.Must(f.send(order(1, ticket.ID, int32(version), c.order)))
		if got := f.get(ticket.ID); got.Status != c.want || !got.Withdrawn {
			t.Errorf("order %s: %+v", c.order, got)
		}
	}
}

// A sold ticket may be withdrawn: it is not free again if its order is refunded.
func TestWithdrawSoldTicket(t *testing.T) {
	t.Parallel()
	f := start(t)
	ticket := f.create("Opera")
	f.Must(f.send(order(1, ticket.ID, 1, event.OrderIsComplete)))
	if r := f.withdraw(ticket.ID); r.Ticket.Status != event.TicketIsSold || !r.Ticket.Withdrawn {
		t.Errorf("%+v", r)
	}
	f.Must(f.send(order(1, ticket.ID, 2, event.OrderIsCancelled)))
	if got := f.get(ticket.ID); got.Status != event.TicketIsWithdrawn || got.OrderID != nil {
		t.Errorf("%+v", got)
	}
}

// A ticket that its seller has withdrawn with a refund is never free meanwhile, and is withdrawn whichever version of the order says so: replicas of
// before have noted the newest one without that, and a restore of tickets has lost it.
func TestWithdrawnWithRefund(t *testing.T) {
	t.Parallel()
	f := start(t)
	refunded := func(ticket event.Ticket) event.Order {
		o := order(ticket.ID, ticket.ID, 2, event.OrderIsCancelled)
		o.Withdrawn = true
		return o
	}
	sold, freed, next := f.create("Opera"), f.create("Ballet"), f.create("Concert")
	for _, ticket := range []event.Ticket{sold, freed, next} {
		f.Must(f.send(order(ticket.ID, ticket.ID, 1, event.OrderIsComplete)))
	}
	before := refunded(freed)
	before.Withdrawn = false
	f.Must(f.send(before))
	f.Must(f.send(order(100, next.ID, 0, event.OrderIsCreated)))
	f.Announced()
	for _, c := range []struct {
		what    string
		ticket  event.Ticket
		want    event.TicketStatus
		version int32
	}{
		{"sold until then", sold, event.TicketIsWithdrawn, 2},
		{"freed by a replica of before", freed, event.TicketIsWithdrawn, 3},
		{"ordered again since", next, event.TicketIsReserved, 3},
	} {
		f.Must(f.send(refunded(c.ticket)))
		got := f.get(c.ticket.ID)
		if got.Status != c.want || !got.Withdrawn || got.Version != c.version {
			t.Errorf("%s: %+v", c.what, got)
		}
		functiontest.Announced(t, f.Run, event.TicketUpdated, got, 0)
		f.Must(f.send(refunded(c.ticket)))
		f.Silent(c.what + ", again")
	}
	for query, want := range map[string]int{"": 3, "unsold=true": 0, "available=true": 0} {
		if got, _ := f.titles("/api/tickets?" + query); len(got) != want {
			t.Errorf("%s: %q", query, got)
		}
	}
}

// One order's refund withdraws its ticket alone, wherever it stands among the events that come at once.
func TestWithdrawnWithRefundAmongOthers(t *testing.T) {
	t.Parallel()
	f := start(t)
	gone, kept := f.create("Opera"), f.create("Ballet")
	refund := order(1, gone.ID, 2, event.OrderIsCancelled)
	refund.Withdrawn = true
	functiontest.DeliverBatch(t, f.Run, "hold-ticket", event.OrderUpdated,
		order(2, kept.ID, 2, event.OrderIsCancelled), refund, order(1, gone.ID, 1, event.OrderIsComplete), order(2, kept.ID, 1, event.OrderIsComplete))
	if gone, kept := f.get(gone.ID), f.get(kept.ID); gone.Status != event.TicketIsWithdrawn || kept.Withdrawn {
		t.Errorf("%+v, %+v", gone, kept)
	}
}

func TestWithdrawTicketRefuses(t *testing.T) {
	t.Parallel()
	f := start(t)
	free, held := f.create("Opera"), f.create("Ballet")
	f.Must(f.send(order(1, held.ID, 0, event.OrderIsCreated)))
	f.Announced()
	f.Refuses(0, "DELETE", "/api/tickets/x", "", 401, "Not authorized.")
	f.Refuses(seller, "DELETE", "/api/tickets/x", "", 400, "Invalid id.")
	f.Refuses(seller, "DELETE", path(99), "", 404, "Ticket not found.")
	f.Refuses(stranger, "DELETE", path(free.ID), "", 401, "Not authorized.")
	f.Refuses(stranger, "DELETE", path(held.ID), "", 401, "Not authorized.")
	f.Refuses(seller, "DELETE", path(held.ID), "", 403, "Ticket is reserved.")
}
