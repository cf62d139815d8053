package orders

import (
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// pay delivers a payment's success.
func (w *world) pay(p event.Payment) error {
	w.t.Helper()
	return w.Deliver("complete-order", functiontest.Event(w.t, event.PaymentCreated, p))
}

func TestCompleteOrder(t *testing.T) {
	t.Parallel()
	w := start(t, 50, 1)
	order := w.reserve(3)
	w.pass(2 * hold) // paid in time, or before the sweep: it is free to take it
	for range 3 {
		if err := w.pay(paymentOf(order.ID, 5, 1000)); err != nil {
			t.Fatal(err)
		}
	}
	got := w.get(order.ID)
	if got.Status != event.OrderIsComplete || got.Version != 1 {
		t.Errorf("%+v", got)
	}
	if events := w.Announced(); len(events) != 1 || text(functiontest.Data(t, event.OrderUpdated, events[0])) != text(got) {
		t.Errorf("announced %v", events)
	}
	if err := w.pay(paymentOf(99, 6, 1000)); !function.IsReject(err) {
		t.Errorf("no such order: %v", err)
	}
	if a := w.Call(stranger, "POST", "/api/orders", `{"ticketId":3}`); a.Status != 400 {
		t.Errorf("sold twice: %s", a.Body)
	}
}

// Money that its order cannot take goes back: it is rejected once, however often it comes.
func TestPaymentRejected(t *testing.T) {
	t.Parallel()
	w := start(t, 50, 1)
	cancelled, complete, open := w.reserve(1), w.reserve(2), w.reserve(3)
	functiontest.Parse[reply](t, w.Call(buyer, "PATCH", path(cancelled.ID), ""), 200)
	if err := w.pay(paymentOf(complete.ID, 5, 1000)); err != nil {
		t.Fatal(err)
	}
	w.Announced()
	failed := paymentOf(open.ID, 9, 1000)
	failed.Status = event.PaymentFailed
	for name, p := range map[string]event.Payment{
		"late":           paymentOf(cancelled.ID, 6, 1000),
		"a second":       paymentOf(complete.ID, 7, 1000),
		"a wrong amount": paymentOf(open.ID, 8, 1001),
		"none at all":    failed,
	} {
		before := w.get(p.OrderID)
		var all errgroup.Group
		for range 3 {
			all.Go(func() error { return w.pay(p) })
		}
		if err := all.Wait(); err != nil {
			t.Fatal(err)
		}
		events := w.Announced()
		if len(events) != 1 {
			t.Fatalf("%s: %d events", name, len(events))
		}
		got := functiontest.Data(t, event.OrderPaymentRejected, events[0])
		if got.PaymentID != p.ID || text(got.Order) != text(before) || text(w.get(p.OrderID)) != text(before) {
			t.Errorf("%s: announced %+v, order %+v", name, got, w.get(p.OrderID))
		}
	}
}

// Payment, cancellation and expiry of the same orders at once: each order is complete, or cancelled with its
// money on the way back; and no version of an order is missing or announced twice.
func TestEveryEndAtOnce(t *testing.T) {
	t.Parallel()
	w := start(t, 50, 1)
	orders := make([]event.Order, 12)
	for i := range orders {
		orders[i] = w.reserve(int32(i + 1))
	}
	w.pass(hold)
	var all errgroup.Group
	for _, o := range orders {
		all.Go(func() error { w.Call(buyer, "PATCH", path(o.ID), ""); return nil })
		all.Go(func() error { return w.expire(o) })
		for range 2 {
			all.Go(func() error { return w.pay(paymentOf(o.ID, o.ID, 1000)) })
		}
	}
	all.Go(func() error { return w.Tick("sweep-overdue") })
	if err := all.Wait(); err != nil {
		t.Fatal(err)
	}
	updates, rejections := map[int32]int{}, map[int32]int{}
	for _, e := range w.Announced() {
		if e.Type() == string(event.OrderUpdated) {
			updates[functiontest.Data(t, event.OrderUpdated, e).ID]++
		} else {
			rejections[functiontest.Data(t, event.OrderPaymentRejected, e).PaymentID]++
		}
	}
	for _, o := range orders {
		got, want := w.get(o.ID), 0
		if got.Status == event.OrderIsCancelled {
			want = 1
		}
		if got.Status == event.OrderIsCreated || got.Version != 1 || updates[o.ID] != 1 || rejections[o.ID] != want {
			t.Errorf("%s: %d updates, %d rejections", text(got), updates[o.ID], rejections[o.ID])
		}
	}
}
