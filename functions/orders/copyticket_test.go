package orders

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/money"
	"github.com/gittix/ticketing/shared/timestamp"
)

// However a ticket's events come, what is sold is its newest state.
func TestCopyTicketInAnyOrder(t *testing.T) {
	t.Parallel()
	w := start(t, 1<<20, 1)
	var id int32
	rapid.Check(t, func(r *rapid.T) {
		id++
		var states []event.Ticket
		for version := range rapid.Int32Range(1, 4).Draw(r, "versions") {
			states = append(states, event.Ticket{
				ID: id, Title: fmt.Sprint("version ", version), Price: 100 + money.Cents(version), UserID: seller, Version: 2 * version, // with gaps
				CreatedAt: timestamp.Of(noon), UpdatedAt: timestamp.Of(noon.Add(time.Duration(version) * time.Second)),
			})
		}
		newest := states[len(states)-1]
		states = append(states, rapid.SliceOfN(rapid.SampledFrom(states), 0, len(states)).Draw(r, "again")...)
		for _, s := range rapid.Permutation(states).Draw(r, "as they come") {
			kind := event.TicketUpdated
			if s.Version == 0 {
				kind = event.TicketCreated
			}
			w.tell("copy-ticket", functiontest.Event(t, kind, s))
		}
		got := functiontest.Parse[reply](t, w.order(id), 201).Order.Ticket
		want := event.OrderTicket{ID: id, Title: newest.Title, Price: newest.Price, Version: newest.Version, CreatedAt: newest.CreatedAt, UpdatedAt: newest.UpdatedAt}
		if got != want {
			r.Fatalf("sold %+v, want %+v", got, want)
		}
	})
}
