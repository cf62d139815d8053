package orders

import (
	"testing"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// note delivers what has become of a payment.
func (f *fixture) note(p event.Payment) {
	f.t.Helper()
	if p.Status == event.PaymentIsRefunded {
		functiontest.Deliver(f.t, f.Run, "note-refund", event.PaymentRefunded, p)
		return
	}
	functiontest.Deliver(f.t, f.Run, "note-payment", event.PaymentUpdated, p)
}

// In whatever order, and however often, the events of a payment come: the order shows the newest.
func TestNotePayment(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	var versions [5]func(orderID int32) event.Payment
	for i, change := range []func(*event.Payment){
		func(p *event.Payment) { p.Refund = event.RefundOwed },
		func(p *event.Payment) { p.Refund = event.RefundPending },
		func(p *event.Payment) { p.Status, p.Refunded = event.PaymentIsRefunded, 1000 },
		func(p *event.Payment) { p.Refund, p.Refunded = event.RefundFailed, 250 }, // weeks later
		func(p *event.Payment) {
			p.Refund, p.Refunded, p.Dispute = event.RefundFailed, 250, event.DisputeOpen
		},
	} {
		versions[i] = func(orderID int32) event.Payment {
			p := paymentOf(orderID, 5, 1000)
			p.Version = int32(i + 1)
			change(&p)
			return p
		}
	}
	for ticket, deliveries := range map[int32][]int{1: {0, 1, 2}, 2: {2, 1, 0, 2}, 3: {0, 2, 1, 3}, 4: {4, 3, 2, 1, 0}, 5: {3, 4, 2, 4}} {
		o := f.reserve(ticket)
		f.cancel(o.ID)
		newest := 0
		for _, i := range deliveries {
			f.note(versions[i](o.ID))
			newest = max(newest, i)
		}
		got, want := f.get(o.ID), versions[newest](o.ID)
		all := want.Status == event.PaymentIsRefunded
		if got.Refund != want.Refund || int64(got.Refunded) != want.Refunded || got.Dispute != want.Dispute || (got.RefundedAt != nil) != all {
			t.Errorf("after %v: %+v", deliveries, got.Order)
		}
	}
}

// What becomes of a payment that was rejected is nothing to the order that another one has completed.
func TestNotesOfRejectedPayments(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	o := f.reserve(1)
	f.Must(f.pay(o.ID, 5, 1000))
	f.Must(f.pay(o.ID, 6, 1000))
	rejected := paymentOf(o.ID, 6, 1000)
	rejected.Status, rejected.Version = event.PaymentIsRefunded, 2
	f.note(rejected)
	if got := f.get(o.ID); got.RefundedAt != nil || got.Version != 1 {
		t.Errorf("%+v", got.Order)
	}
	own := paymentOf(o.ID, 5, 1000)
	own.Version, own.Dispute = 1, event.DisputeOpen
	f.note(own)
	if got := f.get(o.ID); got.Dispute != event.DisputeOpen || got.Status != event.OrderIsComplete {
		t.Errorf("%+v", got.Order)
	}
}
