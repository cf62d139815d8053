package payments

import (
	"slices"
	"testing"
	"time"

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
	for _, want := range [][]int32{{2, 3}, {1}, nil} { // those that waited longest come first
		var got []int32
		claimed, err := claimPending(t.Context(), f.db, time.Now().Add(-time.Minute), 2)
		for _, p := range claimed {
			got = append(got, p.ID)
		}
		if slices.Sort(got); err != nil || !slices.Equal(got, want) {
			t.Errorf("claimed %v, want %v (%v)", got, want, err)
		}
	}
}
