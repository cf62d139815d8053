package orders

import (
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

func TestExtendOrder(t *testing.T) {
	t.Parallel()
	w := start(t, 50, 2)
	order := w.reserve(3)
	for n := int32(1); n <= 2; n++ {
		w.pass(hold - time.Millisecond) // the last moment
		r := functiontest.Parse[reply](t, w.Call(buyer, "POST", path(order.ID)+"/extend", ""), 200)
		if r.Message != "Order extended." || r.Order.Version != n || r.Order.Status != event.OrderIsCreated || !r.Order.ExpiresAt.Equal(w.now.Add(hold)) {
			t.Errorf("%+v", r)
		}
		w.announced(event.OrderUpdated, r)
	}
	functiontest.Refused(t, "a third time", w.Call(buyer, "POST", path(order.ID)+"/extend", ""), 409, "Order cannot be extended.")
	w.silent("refused")
}

func TestExtendAtOnce(t *testing.T) {
	t.Parallel()
	w := start(t, 50, 1)
	order := w.reserve(3)
	got := answers(t, 8, func(int) functiontest.Answer { return w.Call(buyer, "POST", path(order.ID)+"/extend", "") })
	if got[`200 "message":"Order extended."`] != 1 || got[`409 "message":"Order cannot be extended."`] != 7 {
		t.Errorf("%v", got)
	}
}

func TestExtendOrderRefuses(t *testing.T) {
	t.Parallel()
	w := start(t, 50, 1)
	late := w.reserve(1)
	w.pass(hold)
	open, paid, cancelled := w.reserve(2), w.reserve(3), w.reserve(4)
	w.tell("complete-order", functiontest.Event(t, event.PaymentCreated, paymentOf(paid.ID, 5, 1000)))
	functiontest.Parse[reply](t, w.Call(buyer, "PATCH", path(cancelled.ID), ""), 200)
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
		{stranger, path(open.ID), 401, "You are not authorized to extend this order."},
		{stranger, path(paid.ID), 401, "You are not authorized to extend this order."},
		{buyer, path(paid.ID), 409, "Order cannot be extended."},
		{buyer, path(cancelled.ID), 409, "Order cannot be extended."},
		{buyer, path(late.ID), 409, "Order cannot be extended."},
	} {
		functiontest.Refused(t, c.target, w.Call(c.user, "POST", c.target+"/extend", ""), c.status, c.message)
	}
	w.silent("refused")
}
