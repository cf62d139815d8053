package payments

import (
	"testing"

	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

const newStatus event.OrderStatus = "held" // of a newer version

// An order of a status that this version does not know is copied as it is, and cannot be paid; a payment of it that is under
// way goes on.
func TestUnknownStatusOfOrder(t *testing.T) {
	t.Parallel()
	f := placed(t)
	if got := f.pay(1, "tok_threeDSecure2Required"); got.Status != 202 {
		t.Fatal(got)
	}
	for id := int32(1); id <= 2; id++ {
		o := order(id)
		o.Version, o.Status = 1, newStatus
		f.copy(o)
		if got, err := findOrder(t.Context(), f.db, id); err != nil || got.Status != newStatus {
			t.Errorf("copied %+v (%v)", got, err)
		}
		f.refused(id, "tok_visa", 409, "Order cannot be paid.")
	}
	f.pass(stale)
	f.reconcile()
	f.want(1, 0, event.PaymentPending)
}

// A payment of a status that this version does not know, after a rollback, is its order's: no other is made, and it is not refunded.
func TestUnknownStatusOfPayment(t *testing.T) {
	t.Parallel()
	f := placed(t)
	f.paid(1, "tok_visa")
	f.Announced()
	_, err := f.db.Exec(t.Context(), `ALTER TABLE payments DROP CONSTRAINT payments_status_check`)
	f.Must(err)
	_, err = f.db.Exec(t.Context(), `UPDATE payments SET status = 'authorized'`)
	f.Must(err)
	f.refused(1, "tok_visa", 409, "Payment in progress.")
	if err := f.reject(1, 1); !bus.Temporary(err) || function.IsReject(err) {
		t.Errorf("rejected: %v", err)
	}
	f.pass(stale)
	f.notify(1)
	f.reconcile()
	f.want(1, 1, "authorized")
}

// A payment is refunded whatever its order has become.
func TestRefundOfOrderWithUnknownStatus(t *testing.T) {
	t.Parallel()
	f := toRefund(t)
	o := order(1)
	o.Version, o.Status = 1, newStatus
	f.Must(f.Deliver("refund-payment", functiontest.Event(t, event.OrderPaymentRejected, event.PaymentRejected{Order: o, PaymentID: 1})))
	f.refunded()
}
