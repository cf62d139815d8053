package payments

import (
	"testing"

	"github.com/gittix/ticketing/functions/payments/gateway"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
)

// Stripe's answer is lost or too late; the reconciler finds out what it was.
func TestUnknownOutcomes(t *testing.T) {
	t.Parallel()
	f := start(t, config.Values{"STRIPE_TIMEOUT": "1s"})
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
		{"pm_sandbox_timeout", event.PaymentSucceeded, false, 409}, // 30 s, and the service waits for one
	}
	f.stripe.mute.Store(true)
	for i, c := range cases {
		f.copy(order(int32(i + 1)))
		f.refused(int32(i+1), c.token, 503, "Service unavailable.")
	}
	f.stripe.mute.Store(false)
	f.refused(1, "tok_visa", 409, "Payment in progress.")
	f.reconcile() // too early: the attempts may be under way
	for i, c := range cases {
		if p := f.payments(int32(i + 1))[0]; p.Status != event.PaymentPending || p.NeedsAction {
			t.Errorf("%s, early: %+v", c.token, p)
		}
	}
	f.pass(stale)
	f.reconcile()
	for i, c := range cases {
		id := int32(i + 1)
		if p := f.payments(id)[0]; p.Status != c.after || p.NeedsAction != c.needsAction {
			t.Errorf("%s: %+v", c.token, p)
		}
		if a := f.pay(id, "tok_visa"); a.Status != c.again {
			t.Errorf("a further attempt after %s: %d %s", c.token, a.Status, a.Body)
		}
		if n := len(f.stripe.sandbox.Ledger().ChargesOf(id)); n != 1 {
			t.Errorf("%s: %d charges", c.token, n)
		}
	}
	if events := f.events(); len(events) != len(cases) {
		t.Errorf("announced %q", events)
	}
}

// crashed leaves a payment of an order as a crash does: stored, or prepared as well.
func (f fixture) crashed(orderID int32, prepared bool) Payment {
	f.t.Helper()
	o, err := findOrder(f.t.Context(), f.db, orderID)
	f.Must(err)
	p, err := insertPayment(f.t.Context(), f.db, o)
	f.Must(err)
	if prepared {
		f.prepare(p)
	}
	return f.payments(orderID)[0]
}

func (f fixture) prepare(p Payment) {
	f.t.Helper()
	intent, err := f.gateway.Prepare(f.t.Context(), gateway.Attempt{
		Key: p.Key, OrderID: p.OrderID, PaymentID: p.ID, AmountCents: int64(p.Amount), Token: "tok_visa",
	})
	f.Must(err)
	_, err = savePrepared(f.t.Context(), f.db, p.ID, intent.ID)
	f.Must(err)
}

func TestCrashes(t *testing.T) {
	t.Parallel()
	f := placed(t)
	f.copy(order(2))
	f.crashed(1, false)
	p := f.crashed(2, true)
	for id := int32(1); id <= 2; id++ {
		f.refused(id, "tok_visa", 409, "Payment in progress.")
	}
	f.pass(stale)
	f.stripe.away.Store(true)
	if err := f.Tick("reconcile-payments"); err == nil {
		t.Error("the reconciler does not say that Stripe is unavailable")
	}
	f.want(1, 0, event.PaymentFailed) // it needs no Stripe
	f.want(2, 0, event.PaymentPending)
	f.stripe.away.Store(false)
	f.pass(stale)
	f.reconcile()
	f.want(2, 0, event.PaymentFailed)
	if intent, err := f.gateway.Confirm(t.Context(), p.Key, p.IntentID); err != nil || intent.Status != gateway.Cancelled {
		t.Errorf("the intent can still be confirmed: %+v, %v", intent, err)
	}
	for id := int32(1); id <= 2; id++ {
		f.paid(id, "tok_visa")
		f.want(id, 1, event.PaymentFailed, event.PaymentSucceeded)
	}
	f.announced("payments.created payment/3", "payments.created payment/4")
}

// An attempt that was given up before its intent was stored is not charged any more.
func TestGivenUpBeforeItsIntent(t *testing.T) {
	t.Parallel()
	f := placed(t)
	f.stripe.on("after payment_intents", func() {
		f.pass(stale)
		f.reconcile()
	})
	f.refused(1, "tok_visa", 409, "Payment in progress.")
	f.want(1, 0, event.PaymentFailed)
}
