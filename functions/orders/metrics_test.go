package orders

import (
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// measures checks the service's own measurements, by outcome and by name.
func (w *world) measures(when string, want map[string]float64) {
	w.t.Helper()
	for series, n := range want {
		if got, ok := w.Measured("ticketing_" + series); !ok || got != n {
			w.t.Errorf("%s: %s is %v (%v), want %v", when, series, got, ok, n)
		}
	}
}

// TestMeasures: what happened is counted once, what was refused or repeated is not.
func TestMeasures(t *testing.T) {
	t.Parallel()
	w := start(t, 10, 1)
	w.measures("at first", map[string]float64{
		"orders_total outcome=created": 0, "orders_total outcome=completed": 0, "orders_total outcome=cancelled": 0,
		"orders_total outcome=expired": 0, "orders_total outcome=late_payment": 0,
		"reservations_open": 0, "expiration_lateness_seconds": 0, "outbox_unsent": 0, "dead_letters service=orders": 0,
	})
	first, second, third, fourth := w.reserve(1), w.reserve(2), w.reserve(3), w.reserve(4)
	functiontest.Refused(t, "a ticket that is taken", w.order(1), 400, "Ticket is already reserved.")
	w.measures("ordered", map[string]float64{"orders_total outcome=created": 4, "reservations_open service=orders": 4})

	for range 2 {
		functiontest.Parse[reply](t, w.Call(buyer, "PATCH", path(first.ID), ""), 200)
		for _, p := range []event.Payment{paymentOf(second.ID, 1, 1000), paymentOf(first.ID, 2, 1000)} { // the other is too late
			if err := w.pay(p); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.measures("cancelled, and paid", map[string]float64{
		"orders_total outcome=cancelled": 1, "orders_total outcome=completed": 1, "orders_total outcome=late_payment": 1, "reservations_open": 2,
	})

	w.pass(hold + time.Second)
	for range 2 {
		w.tell("expire-order", functiontest.Event(t, event.ExpirationComplete, event.ExpirationReached{ID: third.ID, ExpiresAt: third.ExpiresAt}))
	}
	w.measures("expired", map[string]float64{"orders_total outcome=expired": 1, "expiration_lateness_seconds": 1, "reservations_open": 1})
	w.pass(time.Minute)
	for range 2 {
		if err := w.Tick("sweep-overdue"); err != nil {
			t.Fatal(err)
		}
	}
	w.measures("swept", map[string]float64{
		"orders_total outcome=created": 4, "orders_total outcome=expired": 2, "expiration_lateness_seconds": 2, "reservations_open": 0,
	})
	if o := w.get(fourth.ID); o.Status != event.OrderIsCancelled {
		t.Errorf("order %+v", o)
	}
}
