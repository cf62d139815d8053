package notifications_test

import (
	"testing"
	"time"

	"github.com/gittix/ticketing/functions/notifications"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

const list = "/api/notifications/waiting/3"

// join puts users on the waiting list of ticket 3, which is reserved at version 1.
func (f *fixture) join(users ...int32) {
	f.t.Helper()
	f.ticket(1, event.TicketIsReserved, 1)
	for i, user := range users {
		w := functiontest.Parse[notifications.Waiting](f.t, f.Call(user, "PUT", list, ""), 200)
		if !w.Waiting || w.TicketID != 3 || w.Place != int32(i+1) {
			f.t.Errorf("%+v", w)
		}
	}
}

const available = "Available again: Cup final"

// TestWaitingList: the first is told at once that the ticket is free, the others five minutes later; nobody twice.
func TestWaitingList(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.join(first, second, buyer)
	f.ticket(2, event.TicketIsAvailable, 0)
	f.ticket(2, event.TicketIsAvailable, 0)
	f.send()
	f.wants(first, available)
	f.wants(second)
	f.pass(4 * time.Minute)
	f.ticket(3, event.TicketIsAvailable, 0) // its seller changes something
	f.send()
	f.wants(second)
	f.pass(time.Minute)
	f.send()
	f.wants(first, available)
	f.wants(second, available)
	f.wants(buyer, available)
}

// TestWaitingListGoesOn: who waits is told of the next time, too; the others are not told of a ticket that was taken meanwhile.
func TestWaitingListGoesOn(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.join(first, second)
	f.ticket(2, event.TicketIsAvailable, 0)
	f.send()
	f.ticket(3, event.TicketIsReserved, 2)
	f.pass(5 * time.Minute)
	f.send()
	f.wants(second)
	f.ticket(4, event.TicketIsAvailable, 0)
	f.pass(5 * time.Minute)
	f.send()
	f.wants(first, available, available)
	f.wants(second, available)
}

// TestWaitingEnds: who orders the ticket, or leaves the list, waits no more; and nobody does once it is sold or withdrawn.
func TestWaitingEnds(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.join(first, second, buyer)
	f.note(f.order(2, 0, event.OrderIsCreated))
	functiontest.Parse[notifications.Waiting](t, f.Call(second, "DELETE", list, ""), 200)
	for user, waits := range map[int32]bool{first: true, second: false, buyer: false} {
		if w := functiontest.Parse[notifications.Waiting](t, f.Call(user, "GET", list, ""), 200); w.Waiting != waits {
			t.Errorf("user %d: %+v", user, w)
		}
	}
	f.ticket(2, event.TicketIsSold, 1)
	if w := functiontest.Parse[notifications.Waiting](t, f.Call(first, "GET", list, ""), 200); w.Waiting {
		t.Errorf("of a sold ticket: %+v", w)
	}
	f.Refuses(first, "PUT", list, "", 409, "Ticket is no longer offered.")
}

// TestJoinWaiting: one waits for a ticket that someone else offers and has reserved.
func TestJoinWaiting(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.Refuses(0, "PUT", list, "", 401, "Not authorized.")
	f.Refuses(first, "PUT", list, "", 404, "Ticket not found.")
	f.Refuses(first, "PUT", "/api/notifications/waiting/x", "", 400, "Invalid id.")
	f.ticket(0, event.TicketIsAvailable, 0)
	f.Refuses(first, "PUT", list, "", 409, "Ticket is available.")
	f.join(first)
	f.join(first) // again: nothing changes
	f.Refuses(seller, "PUT", list, "", 400, "You cannot wait for your own ticket.")
	f.ticket(2, event.TicketIsWithdrawn, 0)
	f.Refuses(first, "PUT", list, "", 409, "Ticket is no longer offered.")
}
