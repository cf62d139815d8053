package payments

import (
	"testing"

	"github.com/gittix/ticketing/shared/event"
)

// measures checks the service's own measurements.
func (s system) measures(when string, want map[string]float64) {
	s.t.Helper()
	for series, n := range want {
		if got, ok := s.Measured("ticketing_" + series); !ok || got != n {
			s.t.Errorf("%s: %s is %v (%v), want %v", when, series, got, ok, n)
		}
	}
}

// TestMeasures: what becomes of a payment is counted once, however often it is heard of.
func TestMeasures(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.measures("at first", map[string]float64{
		"payments_total outcome=succeeded": 0, "payments_total outcome=declined": 0, "payments_total outcome=failed": 0,
		"payments_total outcome=refunded": 0, "dead_letters service=payments": 0, "outbox_unsent": 0,
	})
	for id := range int32(4) {
		s.hear(order(id + 1))
	}
	s.paid(1, "tok_visa")
	s.tell(s.payments(1)[0].IntentID)
	s.pay(2, "tok_chargeDeclined")
	s.pay(3, "tok_nobody_knows")
	s.measures("paid and declined", map[string]float64{
		"payments_total outcome=succeeded": 1, "payments_total outcome=declined": 2, "payments_total outcome=failed": 0,
		"stripe_request_duration_seconds operation=prepare outcome=ok":       2,
		"stripe_request_duration_seconds operation=prepare outcome=declined": 1,
		"stripe_request_duration_seconds operation=confirm outcome=ok":       1,
		"stripe_request_duration_seconds operation=confirm outcome=declined": 1,
	})
	for range 2 {
		if err := s.reject(1, s.payments(1)[0].ID); err != nil {
			t.Fatal(err)
		}
	}
	s.measures("refunded", map[string]float64{"payments_total outcome=refunded": 1, "stripe_request_duration_seconds operation=refund outcome=ok": 1})
	s.stripe.cut.Store(true)
	s.pay(4, "tok_visa")
	s.measures("Stripe is away", map[string]float64{
		"payments_total outcome=failed": 1, "payments_total outcome=declined": 2,
		"stripe_request_duration_seconds operation=prepare outcome=unavailable": 1,
	})
	s.wantOf(4, 0, event.PaymentFailed)
}

// TestMeasuresOfASecondStep: one that fails is the card's fault, one that is not taken is nobody's.
func TestMeasuresOfASecondStep(t *testing.T) {
	t.Parallel()
	s := placed(t)
	s.pay(1, "tok_threeDSecure2Required")
	s.measures("it waits", map[string]float64{"payments_total outcome=succeeded": 0, "payments_total outcome=failed": 0})
	s.paid(1, "tok_visa") // another card instead
	s.measures("abandoned", map[string]float64{
		"payments_total outcome=succeeded": 1, "payments_total outcome=failed": 1, "payments_total outcome=declined": 0,
	})
}
