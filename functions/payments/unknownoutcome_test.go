package payments

import (
	"testing"

	"github.com/gittix/ticketing/functions/payments/gateway"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/stripeserver"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

func TestTimeoutAfterTheCharge(t *testing.T) {
	t.Parallel()
	s := startWith(t, stripeserver.Config{}, config.Values{"STRIPE_TIMEOUT": "1s"})
	s.hear(order(1))
	functiontest.Refused(t, "no answer", s.pay(1, "pm_sandbox_timeout"), 503, "Service unavailable.")
	s.want(1, event.PaymentPending)
	functiontest.Refused(t, "a new attempt", s.pay(1, "tok_visa"), 409, "Payment in progress.")
	s.wantNews()
	s.pass(stale)
	for range 2 {
		s.reconcile()
	}
	s.want(1, event.PaymentSucceeded)
	s.wantNews("payments.created payment/1")
	functiontest.Refused(t, "a new attempt", s.pay(1, "tok_visa"), 409, "Order is already paid.")
}

// Stripe's answer is lost; the reconciler finds out what it was.
func TestUnknownOutcomes(t *testing.T) {
	t.Parallel()
	s := start(t)
	cases := []struct {
		token       string
		after       event.PaymentStatus
		needsAction bool
		again       int // what a further attempt is answered
	}{
		{"tok_visa", event.PaymentSucceeded, false, 409},
		{"tok_chargeDeclined", event.PaymentFailed, false, 201},
		{"tok_threeDSecure2Required", event.PaymentPending, true, 201},
		{"pm_sandbox_error", event.PaymentFailed, false, 201},
	}
	s.stripe.deaf.Store(true)
	for i, c := range cases {
		s.hear(order(int32(i + 1)))
		functiontest.Refused(t, c.token, s.pay(int32(i+1), c.token), 503, "Service unavailable.")
	}
	s.stripe.deaf.Store(false)
	s.reconcile() // too early: the attempts may be under way
	for i, c := range cases {
		if p := s.payments(int32(i + 1))[0]; p.Status != event.PaymentPending || p.NeedsAction {
			t.Errorf("%s, early: %+v", c.token, p)
		}
	}
	s.pass(stale)
	s.reconcile()
	for i, c := range cases {
		id := int32(i + 1)
		if p := s.payments(id)[0]; p.Status != c.after || p.NeedsAction != c.needsAction {
			t.Errorf("%s: %+v", c.token, p)
		}
		if a := s.pay(id, "tok_visa"); a.Status != c.again {
			t.Errorf("a further attempt after %s: %d %s", c.token, a.Status, a.Body)
		}
		if n := len(s.stripe.sandbox.Ledger().ChargesOf(id)); n != 1 {
			t.Errorf("%s: %d charges", c.token, n)
		}
	}
	if news := s.Announced(); len(news) != len(cases) {
		t.Errorf("announced %v", news)
	}
}

// crashed leaves a payment of an order as a crash does: begun, or prepared as well.
func (s system) crashed(orderID int32, prepared bool) Payment {
	s.t.Helper()
	p, _, err := s.store.begin(s.t.Context(), orderID, func(Order) error { return nil })
	if err != nil {
		s.t.Fatal(err)
	}
	if prepared {
		s.prepare(&p)
	}
	return p
}

func (s system) prepare(p *Payment) {
	s.t.Helper()
	intent, err := s.gateway.Prepare(s.t.Context(), gateway.Attempt{
		Key: p.Key, OrderID: p.OrderID, PaymentID: p.ID, AmountCents: int64(p.Amount), Token: "tok_visa",
	})
	if err != nil {
		s.t.Fatal(err)
	}
	p.IntentID = intent.ID
	if err := s.store.prepared(s.t.Context(), p.ID, intent.ID); err != nil {
		s.t.Fatal(err)
	}
}

func TestCrashes(t *testing.T) {
	t.Parallel()
	s := placed(t)
	s.hear(order(2))
	s.crashed(1, false)
	p := s.crashed(2, true)
	for id := range int32(2) {
		functiontest.Refused(t, "a new attempt", s.pay(id+1, "tok_visa"), 409, "Payment in progress.")
	}
	s.pass(stale)
	s.reconcile()
	s.want(0, event.PaymentFailed)
	s.wantOf(2, 0, event.PaymentFailed)
	if intent, err := s.gateway.Confirm(t.Context(), p.Key, p.IntentID); err != nil || intent.Status != gateway.Cancelled {
		t.Errorf("the intent can still be confirmed: %+v, %v", intent, err)
	}
	for id := range int32(2) {
		s.paid(id+1, "tok_visa")
		s.wantOf(id+1, 1, event.PaymentFailed, event.PaymentSucceeded)
	}
	s.wantNews("payments.created payment/3", "payments.created payment/4")
}
