package orders

import (
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

func TestCancelOrder(t *testing.T) {
	t.Parallel()
	w := start(t, 50, 1)
	order := w.reserve(3)
	w.pass(time.Hour) // a late one too
	r := functiontest.Parse[reply](t, w.Call(buyer, "PATCH", path(order.ID), ""), 200)
	order.Status, order.Version, order.UpdatedAt = event.OrderIsCancelled, 1, r.Order.UpdatedAt
	if r.Message != "Order cancelled." || text(r.Order) != text(order) {
		t.Errorf("%+v", r)
	}
	w.announced(event.OrderUpdated, r)
	again := functiontest.Parse[reply](t, w.Call(buyer, "PATCH", path(order.ID), ""), 200)
	if again.Message != r.Message || text(again.Order) != text(r.Order) || again.Seq != 0 {
		t.Errorf("again: %+v", again)
	}
	w.silent("cancelled again")
}

func TestCancelAtOnce(t *testing.T) {
	t.Parallel()
	w := start(t, 50, 1)
	order := w.reserve(3)
	got := answers(t, 8, func(int) functiontest.Answer { return w.Call(buyer, "PATCH", path(order.ID), "") })
	if got[`200 "message":"Order cancelled."`] != 8 || len(w.Announced()) != 1 || w.get(order.ID).Version != 1 {
		t.Errorf("%v, %+v", got, w.get(order.ID))
	}
}

func TestCancelOrderRefuses(t *testing.T) {
	t.Parallel()
	w := start(t, 50, 1)
	open, paid := w.reserve(1), w.reserve(2)
	w.tell("complete-order", functiontest.Event(t, event.PaymentCreated, paymentOf(paid.ID, 5, 1000)))
	w.Announced()
	for _, c := range []struct {
		user    int32
		target  string
		status  int
		message string
	}{
		{0, "/api/orders/x", 401, "Not authorized."},
		{buyer, "/api/orders/x", 400, "Invalid id."},
		{buyer, path(99), 404, "Order not found."},
		{stranger, path(open.ID), 401, "You are not authorized to cancel this order."},
		{stranger, path(paid.ID), 401, "You are not authorized to cancel this order."},
		{buyer, path(paid.ID), 409, "Order is already complete."},
	} {
		functiontest.Refused(t, c.target, w.Call(c.user, "PATCH", c.target, ""), c.status, c.message)
	}
	w.silent("refused")
	if got := w.get(open.ID); text(got) != text(open) {
		t.Errorf("changed nevertheless: %+v", got)
	}
}
