package orders

import (
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// expire delivers what the scheduler says when the order's time is up, as far as it knows.
func (w *world) expire(o event.Order) error {
	w.t.Helper()
	return w.Deliver("expire-order", functiontest.Event(w.t, event.ExpirationComplete, event.ExpirationReached{ID: o.ID, ExpiresAt: o.ExpiresAt}))
}

func TestExpireOrder(t *testing.T) {
	t.Parallel()
	w := start(t, 50, 1)
	unpaid, paid, extended := w.reserve(1), w.reserve(2), w.reserve(3)
	w.pass(hold - time.Millisecond)
	if err := w.expire(unpaid); err == nil || function.IsReject(err) {
		t.Errorf("too early by this clock: %v, want it to come again", err)
	}
	w.silent("not due")
	w.tell("complete-order", functiontest.Event(t, event.PaymentCreated, paymentOf(paid.ID, 5, 1000)))
	functiontest.Parse[reply](t, w.Call(buyer, "POST", path(extended.ID)+"/extend", ""), 200)
	w.Announced()
	w.pass(time.Millisecond)
	for range 2 {
		for _, o := range []event.Order{unpaid, paid, extended} {
			if err := w.expire(o); err != nil {
				t.Errorf("%+v: %v", o, err)
			}
		}
	}
	if events := w.Announced(); len(events) != 1 || text(functiontest.Data(t, event.OrderUpdated, events[0])) != text(w.get(unpaid.ID)) {
		t.Errorf("announced %v", events)
	}
	for id, want := range map[int32]event.OrderStatus{unpaid.ID: event.OrderIsCancelled, paid.ID: event.OrderIsComplete, extended.ID: event.OrderIsCreated} {
		if got := w.get(id); got.Status != want || got.Version != 1 {
			t.Errorf("order %d: %+v, want it %s", id, got, want)
		}
	}
	w.pass(hold)
	if err := w.expire(w.get(extended.ID)); err != nil || w.get(extended.ID).Status != event.OrderIsCancelled {
		t.Errorf("after the extension: %v, %+v", err, w.get(extended.ID))
	}
	if err := w.expire(event.Order{ID: 99, ExpiresAt: unpaid.ExpiresAt}); !function.IsReject(err) {
		t.Errorf("no such order: %v", err)
	}
}

// Without the scheduler, the sweep does its work a little later.
func TestSweepOverdue(t *testing.T) {
	t.Parallel()
	w := start(t, 50, 1)
	first, paid := w.reserve(1), w.reserve(2)
	w.tell("complete-order", functiontest.Event(t, event.PaymentCreated, paymentOf(paid.ID, 5, 1000)))
	w.pass(time.Minute)
	second := w.reserve(3)
	sweep := func(what string, want ...int32) {
		t.Helper()
		if err := w.Tick("sweep-overdue"); err != nil {
			t.Fatal(err)
		}
		var got []int32
		for _, e := range w.Announced() {
			if o := functiontest.Data(t, event.OrderUpdated, e); o.Status == event.OrderIsCancelled {
				got = append(got, o.ID)
			}
		}
		if len(got) != len(want) || len(want) > 0 && got[0] != want[0] {
			t.Errorf("%s: cancelled %v, want %v", what, got, want)
		}
	}
	sweep("none is due")
	w.pass(hold - time.Minute + 2*time.Second)
	sweep("the scheduler may still come")
	w.pass(time.Millisecond)
	sweep("the first is overdue", first.ID)
	sweep("again")
	w.pass(time.Hour)
	sweep("the second", second.ID)
	if a := w.order(1); a.Status != 201 {
		t.Errorf("the ticket is not free: %s", a.Body)
	}
}
