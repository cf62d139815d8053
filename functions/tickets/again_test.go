package tickets_test

import (
	"testing"

	"github.com/gittix/ticketing/functions/tickets"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// An offer that is sent again is one ticket.
func TestOfferAgain(t *testing.T) {
	t.Parallel()
	f := start(t)
	a := f.CallAgain(seller, "/api/tickets", offer("Opera", "10"), offer("Opera", "11"))
	f.changed(event.TicketCreated, functiontest.Parse[tickets.Reply](t, a, 201))
	if all, _ := f.titles("/api/tickets"); len(all) != 1 {
		t.Errorf("%q", all)
	}
}
