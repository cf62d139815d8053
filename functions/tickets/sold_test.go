package tickets_test

import (
	"testing"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// A version of this service that did not tell paid orders from others has noted that one of them holds its ticket. When the order is sent again,
// the ticket is sold, though no version of the order is new.
func TestSoldBefore(t *testing.T) {
	t.Parallel()
	f := start(t)
	ticket := f.create("Opera")
	paid := order(1, ticket.ID, 1, event.OrderIsComplete)
	f.Must(f.send(order(1, ticket.ID, 0, event.OrderIsCreated)))
	_, err := f.database().Exec(t.Context(), `UPDATE holds SET version = 3`) // as the older version does with one that was paid and noted on
	f.Must(err)
	f.Announced()
	f.Must(f.send(paid))
	sold := f.get(ticket.ID)
	if sold.Status != event.TicketIsSold || !heldBy(sold, 1) {
		t.Errorf("%+v, want it sold", sold)
	}
	functiontest.Announced(t, f.Run, event.TicketUpdated, sold, 0)
	f.Must(f.send(paid))
	f.Silent("the same again")
	f.Must(f.send(order(1, ticket.ID, 4, event.OrderIsCancelled))) // a newer version may take the money back
	if got := f.get(ticket.ID); got.Status != event.TicketIsAvailable {
		t.Errorf("%+v, want it available", got)
	}
}

// A version of this service that did not tell sold tickets from others has freed one. When its order is sent again, the ticket is on the lists of what is
// not sold.
func TestFreedByOlder(t *testing.T) {
	t.Parallel()
	f := start(t)
	ticket := f.create("Opera")
	cancelled := order(1, ticket.ID, 2, event.OrderIsCancelled)
	f.Must(f.send(order(1, ticket.ID, 1, event.OrderIsComplete)))
	_, err := f.database().Exec(t.Context(), `UPDATE holds SET version = 2, live = false`) // as the older version does
	f.Must(err)
	_, err = f.database().Exec(t.Context(), `UPDATE tickets SET order_id = NULL, version = version + 1`)
	f.Must(err)
	f.Announced()
	f.Must(f.send(cancelled))
	freed := f.get(ticket.ID)
	functiontest.Announced(t, f.Run, event.TicketUpdated, freed, 0)
	for _, query := range []string{"unsold=true", "upcoming=true", "available=true"} {
		if got := functiontest.Parse[[]event.Ticket](t, f.Call(0, "GET", "/api/tickets?"+query, ""), 200); len(got) != 1 || !same(got[0], freed) {
			t.Errorf("%s: %+v", query, got)
		}
	}
	f.Must(f.send(cancelled))
	f.Silent("the same again")
}
