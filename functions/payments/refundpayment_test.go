package payments

import (
	"testing"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// reject delivers the event by which an order refuses a payment.
func (f fixture) reject(orderID, paymentID int32) error {
	f.t.Helper()
	o := order(orderID)
	o.Version, o.Status = 1, event.OrderIsCancelled
	return f.Deliver("refund-payment", functiontest.Event(f.t, event.OrderPaymentRejected, event.PaymentRejected{Order: o, PaymentID: paymentID}))
}

// toRefund is the service with an order that was paid.
func toRefund(t *testing.T) fixture {
	t.Helper()
	f := placed(t)
	f.paid(1, "tok_visa")
	f.Announced()
	return f
}

// refunded checks that order 1's payment went back, once.
func (f fixture) refunded() {
	f.t.Helper()
	f.want(1, 1, event.PaymentIsRefunded)
	functiontest.Announced(f.t, f.Run, event.PaymentRefunded, f.payments(1)[0].Payment, 0)
	if l := f.stripe.sandbox.Ledger(); l.Kept()[1] != 0 || len(l.Refunds) != 1 {
		f.t.Errorf("%+v", l)
	}
	f.counted(map[string]float64{"payments_total outcome=refunded": 1})
}

func TestRefundOnce(t *testing.T) {
	t.Parallel()
	f := toRefund(t)
	f.stripe.on("before refunds", func() { f.Must(f.reject(1, 1)) }) // a delivery that overtakes this one
	for range 3 {
		f.Must(f.reject(1, 1))
	}
	f.refunded()
	f.notify(1) // charge.refunded
	f.want(1, 1, event.PaymentIsRefunded)
}

func TestRefundWaitsForStripe(t *testing.T) {
	t.Parallel()
	f := toRefund(t)
	for what, c := range []struct {
		fail func()
		kept int64
	}{
		{func() { f.stripe.away.Store(true) }, int64(price)},
		{func() { f.stripe.on("after refunds", func() { f.stripe.away.Store(true) }) }, 0}, // its answer is lost
	} {
		c.fail()
		if err := f.reject(1, 1); err == nil || function.IsReject(err) || !apierror.From(err).Temporary() {
			t.Errorf("%d: %v", what, err)
		}
		f.want(1, 1, event.PaymentSucceeded)
		f.announced()
		if kept := f.stripe.sandbox.Ledger().Kept()[1]; kept != c.kept {
			t.Errorf("%d: %d cents are kept", what, kept)
		}
		f.stripe.away.Store(false)
	}
	f.Must(f.reject(1, 1))
	f.refunded()
}

func TestNothingToRefund(t *testing.T) {
	t.Parallel()
	f := placed(t)
	f.refused(1, "tok_chargeDeclined", 400, "Stripe charge failed.")
	f.asked(1)
	for what, id := range map[string]int32{"failed": 1, "pending": 2, "unknown": 3, "no id": 0} {
		if err := f.reject(1, id); !function.IsReject(err) {
			t.Errorf("%s: %v", what, err)
		}
	}
	f.want(1, 0, event.PaymentFailed, event.PaymentPending)
	f.announced()
}

// Money that came after its order was canceled is announced, so that the order can reject it, and goes back.
func TestLatePayment(t *testing.T) {
	t.Parallel()
	f := placed(t)
	secret := f.asked(1)
	o := order(1)
	o.Version, o.Status = 1, event.OrderIsCancelled
	f.copy(o)
	if !f.authenticate(secret, "succeed") {
		t.Fatal("not authenticated")
	}
	f.refused(1, "tok_visa", 400, "Order is cancelled.")
	f.pass(stale)
	f.reconcile()
	f.want(1, 1, event.PaymentSucceeded)
	f.announced("payments.created payment/1")
	f.Must(f.reject(1, 1))
	f.refunded()
}
