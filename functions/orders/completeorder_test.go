package orders

import (
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

func TestCompleteOrder(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	order := f.reserve(3)
	f.pass(2 * hold) // paid in time, or before the sweep: it is free to take it
	for range 3 {
		f.Must(f.pay(order.ID, 5, 1000))
	}
	got := f.get(order.ID)
	if got.Status != event.OrderIsComplete || got.Version != 1 || got.PaidAt == nil || !got.PaidAt.Equal(noon.Add(time.Second)) {
		t.Errorf("%+v", got)
	}
	functiontest.Announced(t, f.Run, event.OrderUpdated, got.Order, 2)
	functiontest.Refused(t, "sold twice", f.order(stranger, 3), 400, "Ticket is already reserved.")
}

func TestEventsOfNoOrderAreRejected(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	refund := functiontest.Event(t, event.PaymentRefunded, paymentOf(99, 6, 1000))
	for what, err := range map[string]error{
		"paid": f.pay(99, 6, 1000), "expired": f.expire(Order{Order: event.Order{ID: 99, ExpiresAt: noon}}), "refunded": f.Deliver("note-refund", refund),
	} {
		if !function.IsReject(err) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// Money that its order cannot take goes back: it is rejected once, however often it comes.
func TestPaymentRejected(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	cancelled, complete, open := f.reserve(1), f.reserve(2), f.reserve(3)
	f.cancel(cancelled.ID)
	f.Must(f.pay(complete.ID, 5, 1000))
	f.Announced()
	late := 0.
	for name, p := range map[string]event.Payment{
		"late": paymentOf(cancelled.ID, 6, 1000), "a second": paymentOf(complete.ID, 7, 1000), "a wrong amount": paymentOf(open.ID, 8, 1001),
	} {
		before := f.get(p.OrderID)
		var all errgroup.Group
		for range 3 {
			all.Go(func() error { return f.pay(p.OrderID, p.ID, p.StripeCharge.Amount) })
		}
		f.Must(all.Wait())
		late++
		f.Counted(map[string]float64{"orders_total outcome=late_payment": late, "orders_total outcome=completed": 1, "reservations_open service=orders": 1})
		functiontest.Announced(t, f.Run, event.OrderPaymentRejected, event.PaymentRejected{Order: before.Order, PaymentID: p.ID}, 0)
		if got := f.get(p.OrderID); functiontest.Text(got) != functiontest.Text(before) {
			t.Errorf("%s: order %+v", name, got)
		}
	}
}

// Payment, cancellation and expiry of the same orders at once: each order is complete, or cancelled with its
// money on the way back; and no version of an order is missing or announced twice.
func TestEveryEndAtOnce(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	orders := make([]Order, 12)
	for i := range orders {
		orders[i] = f.reserve(int32(i + 1))
	}
	f.pass(hold)
	var all errgroup.Group
	for _, o := range orders {
		all.Go(func() error { f.Call(buyer, "PATCH", path(o.ID), ""); return nil })
		all.Go(func() error { return f.expire(o) })
		for range 2 {
			all.Go(func() error { return f.pay(o.ID, o.ID, 1000) })
		}
	}
	all.Go(func() error { return f.Tick("sweep-overdue") })
	f.Must(all.Wait())
	updates, rejections := map[int32]int{}, map[int32]int{}
	for _, e := range f.Announced() {
		if e.Type() == string(event.OrderUpdated) {
			updates[functiontest.Data(t, event.OrderUpdated, e).ID]++
		} else {
			rejections[functiontest.Data(t, event.OrderPaymentRejected, e).PaymentID]++
		}
	}
	for _, o := range orders {
		got, want := f.get(o.ID), 0
		if got.Status == event.OrderIsCancelled {
			want = 1
		}
		if got.Status == event.OrderIsCreated || got.Version != 1 || updates[o.ID] != 1 || rejections[o.ID] != want {
			t.Errorf("%+v: %d updates, %d rejections", got, updates[o.ID], rejections[o.ID])
		}
	}
}

func TestNoteRefund(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	order := f.reserve(3)
	f.cancel(order.ID)
	f.Announced()
	refund := paymentOf(order.ID, 5, 1000)
	refund.Status = event.PaymentIsRefunded
	for range 3 {
		functiontest.Deliver(t, f.Run, "note-refund", event.PaymentRefunded, refund)
		refund.UpdatedAt.Time = refund.UpdatedAt.Add(time.Second) // the first one counts
	}
	got := f.get(order.ID)
	if got.RefundedAt == nil || !got.RefundedAt.Equal(noon.Add(time.Second)) || got.Version != 2 || got.Status != event.OrderIsCancelled {
		t.Errorf("%+v", got)
	}
	functiontest.Announced(t, f.Run, event.OrderUpdated, got.Order, 3)
}
