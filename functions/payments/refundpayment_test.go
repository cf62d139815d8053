package payments

import (
	"testing"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// reject delivers the event by which an order refuses a payment.
func (s system) reject(orderID, paymentID int32) error {
	s.t.Helper()
	o := order(orderID)
	o.Version, o.Status = 1, event.OrderIsCancelled
	return s.Deliver("refund-payment", functiontest.Event(s.t, event.OrderPaymentRejected, event.PaymentRejected{Order: o, PaymentID: paymentID}))
}

// refunded checks that order 1's payment went back, once.
func (s system) refunded() {
	s.t.Helper()
	s.want(1, event.PaymentIsRefunded)
	events := s.Announced()
	if len(events) != 1 {
		s.t.Fatalf("announced %v", events)
	}
	p := functiontest.Data(s.t, event.PaymentRefunded, events[0])
	if p != s.payments(1)[0].Payment || p.Status != event.PaymentIsRefunded {
		s.t.Errorf("announced %+v", p)
	}
	if l := s.stripe.sandbox.Ledger(); l.Kept()[1] != 0 || len(l.Refunds) != 1 {
		s.t.Errorf("%+v", l)
	}
}

func TestRefundOnce(t *testing.T) {
	t.Parallel()
	s := placed(t)
	s.paid(1, "tok_visa")
	s.Announced()
	for range 3 {
		if err := s.reject(1, 1); err != nil {
			t.Error(err)
		}
	}
	s.refunded()
	if status := s.tell(s.payments(1)[0].IntentID); status != 200 { // charge.refunded
		t.Errorf("webhook: %d", status)
	}
	s.want(1, event.PaymentIsRefunded)
}

// Two deliveries at once ask Stripe for the same refund, and tell of it once.
func TestRefundOvertaken(t *testing.T) {
	t.Parallel()
	s := placed(t)
	s.paid(1, "tok_visa")
	s.Announced()
	on(&s.stripe.before, "refunds", func() {
		if err := s.reject(1, 1); err != nil {
			t.Error(err)
		}
	})
	if err := s.reject(1, 1); err != nil {
		t.Error(err)
	}
	s.refunded()
}

func TestRefundWaitsForStripe(t *testing.T) {
	t.Parallel()
	s := placed(t)
	s.paid(1, "tok_visa")
	s.Announced()
	for what, c := range []struct {
		fail func()
		kept int64
	}{
		{func() { s.stripe.cut.Store(true) }, int64(price)},                                 // Stripe is away
		{func() { on(&s.stripe.after, "refunds", func() { s.stripe.cut.Store(true) }) }, 0}, // its answer is lost
	} {
		c.fail()
		if err := s.reject(1, 1); err == nil || function.IsReject(err) || !apierror.From(err).Temporary() {
			t.Errorf("%d: %v", what, err)
		}
		s.want(1, event.PaymentSucceeded)
		s.wantNews()
		if kept := s.stripe.sandbox.Ledger().Kept()[1]; kept != c.kept {
			t.Errorf("%d: %d cents are kept", what, kept)
		}
		s.stripe.cut.Store(false)
	}
	if err := s.reject(1, 1); err != nil {
		t.Error(err)
	}
	s.refunded()
}

func TestNothingToRefund(t *testing.T) {
	t.Parallel()
	s := placed(t)
	functiontest.Refused(t, "declined", s.pay(1, "tok_chargeDeclined"), 400, "Stripe charge failed.")
	s.asked(1)
	for what, id := range map[string]int32{"failed": 1, "pending": 2, "unknown": 3, "no id": 0} {
		if err := s.reject(1, id); !function.IsReject(err) {
			t.Errorf("%s: %v", what, err)
		}
	}
	s.want(0, event.PaymentFailed, event.PaymentPending)
	s.wantNews()
}
