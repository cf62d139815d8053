package payments

import (
	"sync"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
)

// A clock that is far ahead makes the reconciler look after an attempt that is under way: no harm is done.
func TestReconcilerAgainstLiveAttempt(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	for i, c := range []struct {
		call    string
		status  int
		message string
	}{
		{"payment_methods", 409, "Payment in progress."},
		{"payment_intents", 409, "Payment in progress."},
		{"confirm", 400, "Stripe charge failed."},
	} {
		id := int32(i + 1)
		f.copy(order(id))
		f.stripe.on("before "+c.call, func() {
			f.pass(stale)
			f.reconcile()
		})
		f.refused(id, "tok_visa", c.status, c.message)
		f.want(id, 0, event.PaymentFailed)
		f.paid(id, "tok_visa")
	}
}

// Payments are looked after in turn: a claim counts for a while, so none of them keeps another from its turn.
func TestClaims(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	for id := int32(1); id <= 3; id++ {
		f.copy(order(id))
		f.crashed(id, false)
	}
	_, err := f.db.Exec(t.Context(), `UPDATE payments SET checked_at = now() - id * interval '1 hour'`)
	f.Must(err)
	for _, want := range []int32{3, 2, 1, 0} { // that which has waited longest comes first
		got, err := claimPending(t.Context(), f.db, time.Now().Add(-time.Minute))
		if ignoreNone(err) != nil || got.ID != want {
			t.Errorf("claimed %d, want %d (%v)", got.ID, want, err)
		}
	}
}

// open is the service with payments of that many orders whose outcome nobody knows.
func open(t *testing.T, orders int32, timeout string) fixture {
	t.Helper()
	f := start(t, config.Values{"STRIPE_TIMEOUT": timeout})
	for id := int32(1); id <= orders; id++ {
		f.copy(order(id))
		p := f.crashed(id, true)
		if _, err := f.gateway.Confirm(t.Context(), p.Key, f.payments(id)[0].IntentID); err != nil {
			t.Fatal(err)
		}
	}
	f.pass(stale)
	return f
}

// Those that Stripe does not answer for keep none of the others from their turn.
func TestReconcilerIsFair(t *testing.T) {
	t.Parallel()
	const mute, all = 12, 40
	f := open(t, all, "1s")
	for id := int32(1); id <= mute; id++ {
		f.stripe.silent.Store(f.payments(id)[0].IntentID, true)
	}
	for range 2 {
		f.reconcileAnyway()
		f.pass(stale)
	}
	for id := int32(1); id <= all; id++ {
		if p := f.payments(id)[0]; (p.Status == event.PaymentSucceeded) != (id > mute) {
			t.Errorf("payment %d is %s", id, p.Status)
		}
	}
	f.stripe.silent.Clear()
	f.reconcile()
	for id := int32(1); id <= all; id++ {
		f.want(id, 1, event.PaymentSucceeded)
	}
}

// Stripe is asked for many payments at once, and for each once, however many processes reconcile.
func TestReconcilersShareTheWork(t *testing.T) {
	t.Parallel()
	const all = 2 * workers
	f := open(t, all, "10s")
	f.stripe.together(all) // which only two processes can do
	var both sync.WaitGroup
	for range 2 {
		both.Go(f.reconcile)
	}
	both.Wait()
	for id := int32(1); id <= all; id++ {
		f.want(id, 1, event.PaymentSucceeded)
	}
	if calls := f.stripe.calls.Load(); calls != all {
		t.Errorf("%d calls for %d payments", calls, all)
	}
}

// The reconciler knows when the first payment has to be looked at, and that there is nothing to do when each has ended.
func TestReconcilerIsDue(t *testing.T) {
	t.Parallel()
	f := placed(t)
	due := func(what string, isDue bool, from, to time.Duration) {
		t.Helper()
		at := f.Due("reconcile-payments")
		if in := time.Until(at); at.IsZero() == isDue || isDue && (in < from || in > to) {
			t.Errorf("%s: due at %v, in %v", what, at, in)
		}
	}
	due("no payment", false, 0, 0)
	f.crashed(1, false)
	due("one is pending", true, f.stale-time.Minute, f.stale)
	f.pass(f.stale)
	f.reconcile()
	due("it has failed", false, 0, 0)
	f.paid(1, "tok_visa")
	due("one was paid, whose order may be cancelled", true, -time.Minute, 0)
	complete := order(1)
	complete.Version, complete.Status = 1, event.OrderIsComplete
	f.copy(complete)
	f.reconcile()
	due("its order is complete", false, 0, 0)
	f.Must(f.reject(1, f.payments(1)[1].ID))
	due("its money went back", false, 0, 0)
}
