package payments

import (
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/embedded/stripeserver"
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

// refunded checks that order 1's payment went back, once, after it was owed.
func (f fixture) refunded() {
	f.t.Helper()
	f.want(1, 1, event.PaymentIsRefunded)
	f.announced("payments.updated payment/1", "payments.refunded payment/1")
	p := f.payments(1)[0]
	if l := f.stripe.sandbox.Ledger(); l.Kept()[1] != 0 || len(l.Refunds) != 1 || p.Refunded != int64(price) || p.Refund != "" {
		f.t.Errorf("%+v, %+v", p, l)
	}
	f.Counted(map[string]float64{"payments_total outcome=refunded": 1, "refunds_owed": 0, "refunds_oldest_age_seconds": 0})
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

// Whatever Stripe answers, the event is done, and the refund is tried again by time, until it has arrived.
func TestRefundsAreTriedAgain(t *testing.T) {
	t.Parallel()
	for what, fault := range map[string]stripeserver.Fault{
		"a rotated key":       {Status: 401},
		"no permission":       {Status: 403},
		"too little balance":  {Call: "/refunds", Method: "POST", Status: 400, Code: "balance_insufficient"},
		"a lock":              {Call: "/refunds", Method: "POST", Status: 429, Code: "lock_timeout"},
		"Stripe's failure":    {Call: "/refunds", Method: "POST", Status: 500},
		"what nobody expects": {Call: "/refunds", Method: "POST", Status: 400, Code: "new_in_2031"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			f := toRefund(t)
			f.stripe.sandbox.Fail(fault)
			f.Must(f.reject(1, 1))
			for attempt, pause := range []time.Duration{0, time.Minute, 2 * time.Minute, 4 * time.Minute} {
				f.pass(pause - 30*time.Second) // too early
				f.reconcileAnyway()
				if p := f.payments(1)[0]; p.Refund != event.RefundOwed || p.Attempts != max(attempt, 1) {
					t.Errorf("after %v: %+v", pause, p)
				}
				f.pass(30 * time.Second)
				f.reconcileAnyway()
			}
			f.Counted(map[string]float64{"refunds_owed": 1})
			if age, ok := f.Metric("ticketing_refunds_oldest_age_seconds"); !ok || age <= 0 {
				t.Errorf("the age is %v", age)
			}
			f.stripe.sandbox.Fail(stripeserver.Fault{})
			f.pass(8 * time.Minute)
			if f.reconcileAnyway(); fault.Status == 500 { // which Stripe repeats once more
				f.pass(16 * time.Minute)
				f.reconcile()
			}
			f.refunded()
		})
	}
}

// The answer is lost, or the process dies: the refund is asked for before it is made again.
func TestLostRefund(t *testing.T) {
	t.Parallel()
	f := toRefund(t)
	f.stripe.on("after refunds", func() { f.stripe.on("after refunds", func() { f.stripe.away.Store(true) }) }) // the second call makes it
	f.Must(f.reject(1, 1))
	if kept := f.stripe.sandbox.Ledger().Kept()[1]; kept != 0 {
		t.Fatalf("%d cents are kept", kept)
	}
	f.want(1, 1, event.PaymentSucceeded)
	if p := f.payments(1)[0]; p.undoKey() != p.Key {
		t.Error("another try would send another idempotency key, while the outcome of the first one is unknown")
	}
	f.stripe.away.Store(false)
	f.pass(time.Minute)
	f.reconcile()
	f.refunded()
}

// A refund that is owed for more than an hour is told of at each run, until it is sent.
func TestOverdueRefund(t *testing.T) {
	t.Parallel()
	f := toRefund(t)
	f.stripe.away.Store(true)
	f.Must(f.reject(1, 1))
	f.pass(59 * time.Minute)
	f.reconcileAnyway()
	told := f.Logged("a refund is overdue")
	f.pass(2 * time.Minute)
	f.reconcileAnyway()
	f.reconcileAnyway()
	if again := f.Logged("a refund is overdue"); told != 0 || again != 2 {
		t.Errorf("told of %d times within the hour, and %d times after it", told, again)
	}
	f.stripe.away.Store(false)
	f.pass(24 * time.Hour)
	f.reconcile()
	f.refunded()
	if n := f.Logged("a refund is overdue"); n != 2 {
		t.Errorf("told of %d times after it was sent", n-2)
	}
}

// Attempts come after a minute, and each in twice the time of the last, up to a day.
func TestRefundPauses(t *testing.T) {
	t.Parallel()
	f := toRefund(t)
	f.stripe.away.Store(true)
	f.Must(f.reject(1, 1))
	for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440, 1440} {
		pause := time.Until(*f.payments(1)[0].NextAttemptAt)
		if diff := pause - want*time.Minute; diff.Abs() > 30*time.Second {
			t.Errorf("the next attempt is in %v, want %v", pause, want*time.Minute)
		}
		f.pass(pause + time.Second)
		f.reconcileAnyway()
	}
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

// Money of a cancelled order is found without the event that says so: it may be among the dead letters.
func TestPaymentsOfCancelledOrdersAreFound(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	for id, status := range map[int32]event.OrderStatus{1: event.OrderIsCancelled, 2: event.OrderIsComplete, 3: event.OrderIsCreated} {
		o := order(id)
		f.copy(o)
		f.paid(id, "tok_visa")
		o.Version, o.Status = 1, status
		f.copy(o)
	}
	f.reconcile()
	f.want(1, 1, event.PaymentIsRefunded)
	f.want(2, 1, event.PaymentSucceeded)
	f.want(3, 1, event.PaymentSucceeded)
	kept := f.stripe.sandbox.Ledger().Kept()
	if kept[1] != 0 || kept[2] != int64(price) || kept[3] != int64(price) {
		t.Errorf("%v", kept)
	}
}

// An order that its seller has ended after it was paid: its money goes back, even if the event that says so is lost.
func TestLostRefundOfSeller(t *testing.T) {
	t.Parallel()
	f := toRefund(t)
	o := order(1)
	o.Version, o.Status = 1, event.OrderIsComplete
	f.copy(o)
	f.reconcile()
	o.Version, o.Status, o.RefundedBy = 2, event.OrderIsCancelled, "seller"
	f.copy(o)
	f.reconcile()
	if p := f.payments(1)[0]; p.Refund == event.NoRefund && p.Status != event.PaymentIsRefunded {
		t.Errorf("the money stays: %+v", p)
	}
}
