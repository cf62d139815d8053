package orders

import (
	"testing"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// An order that is sent again is one order, and another extension needs another key.
func TestOrderAgain(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 2)
	f.offer(3)
	f.offer(4)
	r := functiontest.Parse[Reply](t, f.CallAgain(buyer, "/api/orders", `{"ticketId":3}`, `{"ticketId":4}`), 201)
	f.changed(event.OrderCreated, r)
	for version := int32(1); version <= 2; version++ {
		extended := functiontest.Parse[Reply](t, f.CallAgain(buyer, path(r.Order.ID)+"/extend", "", ""), 200)
		if extended.Order.Version != version {
			t.Errorf("%+v", extended)
		}
		f.changed(event.OrderUpdated, extended)
	}
}
