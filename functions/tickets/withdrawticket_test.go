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
