package payments

import (
	"sync"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/event"
)

// A clock that is far ahead makes the reconciler look after an attempt that is under way: no harm is done.
func TestReconcilerAgainstLiveAttempt(t *testing.T) {
	t.Parallel()
	f := start(t)
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
		on(&f.stripe.before, c.call, func() {
			f.pass(stale)
			f.reconcile()
		})
		f.refused(id, "tok_visa", c.status, c.message)
		f.want(id, 0, event.PaymentFailed)
		f.paid(id, "tok_visa")
	}
}

// What the reconciler saw before the intent was stored gives no right to end the payment after it.
func TestReconcilerSawTooLittle(t *testing.T) {
	t.Parallel()
	f := placed(t)
	f.crashed(1, false)
	seen, err := claimPending(t.Context(), f.db, time.Now().Add(time.Minute), 1)
	if err != nil || len(seen) != 1 {
		t.Fatalf("%+v, %v", seen, err)
	}
	f.prepare(seen[0])
	f.Must(f.Payments.reconcile(t.Context(), seen[0]))
	f.want(1, 0, event.PaymentPending)
}

func TestManyReconcilersAtOnce(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.stripe.mute.Store(true)
	const orders = 8
	for id := int32(1); id <= orders; id++ {
		f.copy(order(id))
		f.refused(id, "tok_visa", 503, "Service unavailable.")
	}
	f.stripe.mute.Store(false)
	f.pass(stale) // so far that a claim of now is no claim: they all get in one another's way
	var all sync.WaitGroup
	for range 4 {
		all.Go(f.reconcile)
	}
	all.Wait()
	if events := f.events(); len(events) != orders {
		t.Errorf("announced %q", events)
	}
	for id := int32(1); id <= orders; id++ {
		f.want(id, 1, event.PaymentSucceeded)
	}
}

// One reconciler at a time looks after a payment.
func TestClaimsAreExclusive(t *testing.T) {
	t.Parallel()
	f := start(t)
	const orders = 12
	for id := int32(1); id <= orders; id++ {
		f.copy(order(id))
		f.crashed(id, false)
	}
	_, err := f.db.Exec(t.Context(), `UPDATE payments SET checked_at = now() - interval '1 hour'`)
	f.Must(err)
	before := time.Now().Add(-time.Minute)
	claims := map[int32]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			for range 3 {
				mine, err := claimPending(t.Context(), f.db, before, 2)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				for _, p := range mine {
					claims[p.ID]++
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	for id := int32(1); id <= orders; id++ {
		if claims[id] != 1 {
			t.Errorf("payment %d was claimed %d times", id, claims[id])
		}
	}
}
