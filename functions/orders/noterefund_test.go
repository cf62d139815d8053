package orders

import (
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

func TestNoteRefund(t *testing.T) {
	t.Parallel()
	w := start(t, 50, 1)
	order := w.reserve(3)
	functiontest.Parse[reply](t, w.Call(buyer, "PATCH", path(order.ID), ""), 200)
	w.Announced()
	refund := paymentOf(order.ID, 5, 1000)
	refund.Status = event.PaymentIsRefunded
	for range 3 {
		w.tell("note-refund", functiontest.Event(t, event.PaymentRefunded, refund))
		refund.UpdatedAt.Time = refund.UpdatedAt.Add(time.Second) // the first one counts
	}
	got := w.get(order.ID)
	if got.RefundedAt == nil || !got.RefundedAt.Equal(noon.Add(time.Second)) || got.Version != 2 || got.Status != event.OrderIsCancelled {
		t.Errorf("%s", text(got))
	}
	if events := w.Announced(); len(events) != 1 || text(functiontest.Data(t, event.OrderUpdated, events[0])) != text(got) {
		t.Errorf("announced %v", events)
	}
	if list := functiontest.Parse[[]event.Order](t, w.Call(buyer, "GET", "/api/orders", ""), 200); len(list) != 1 || text(list[0]) != text(got) {
		t.Errorf("listed %v", list)
	}
	refund.OrderID = 99
	if err := w.Deliver("note-refund", functiontest.Event(t, event.PaymentRefunded, refund)); !function.IsReject(err) {
		t.Errorf("no such order: %v", err)
	}
}
