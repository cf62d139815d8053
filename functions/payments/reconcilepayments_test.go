package payments

import (
	"sync"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// A clock that is far ahead makes the reconciler look after an attempt that is under way: no harm is done.
func TestReconcilerAgainstLiveAttempt(t *testing.T) {
	t.Parallel()
	s := start(t)
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
		s.hear(order(id))
		on(&s.stripe.before, c.call, func() {
			s.pass(stale)
			if err := s.Tick("reconcile-payments"); err != nil {
				t.Error(err)
			}
		})
		functiontest.Refused(t, c.call, s.pay(id, "tok_visa"), c.status, c.message)
		s.wantOf(id, 0, event.PaymentFailed)
		s.paid(id, "tok_visa")
	}
}

// What the reconciler saw before the intent was stored gives no right to end the payment after it.
func TestReconcilerSawTooLittle(t *testing.T) {
	t.Parallel()
	s := placed(t)
	p := s.crashed(1, false)
	seen, err := s.store.claimPending(t.Context(), time.Now().Add(time.Minute), 1)
	if err != nil || len(seen) != 1 {
		t.Fatalf("%+v, %v", seen, err)
	}
	s.prepare(&p)
	if err := s.Payments.reconcile(t.Context(), seen[0]); err != nil {
		t.Error(err)
	}
	s.want(0, event.PaymentPending)
}

func TestManyReconcilersAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.stripe.deaf.Store(true)
	const orders = 8
	for id := int32(1); id <= orders; id++ {
		s.hear(order(id))
		functiontest.Refused(t, "no answer", s.pay(id, "tok_visa"), 503, "Service unavailable.")
	}
	s.stripe.deaf.Store(false)
	s.pass(stale) // so far that a claim of now is no claim: they all get in one another's way
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if err := s.Tick("reconcile-payments"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if news := s.Announced(); len(news) != orders {
		t.Errorf("%d events", len(news))
	}
	for id := int32(1); id <= orders; id++ {
		if p := s.payments(id); len(p) != 1 || p[0].Status != event.PaymentSucceeded {
			t.Errorf("order %d: %+v", id, p)
		}
	}
}

// One reconciler at a time looks after a payment.
func TestClaimsAreExclusive(t *testing.T) {
	t.Parallel()
	s := start(t)
	const orders = 12
	for id := int32(1); id <= orders; id++ {
		s.hear(order(id))
		s.crashed(id, false)
	}
	if _, err := s.store.db.Exec(t.Context(), `UPDATE payments SET checked_at = now() - interval '1 hour'`); err != nil {
		t.Fatal(err)
	}
	before := time.Now().Add(-time.Minute)
	claims := make(chan int32, 10*orders)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			for range 3 {
				mine, err := s.store.claimPending(t.Context(), before, 2)
				if err != nil {
					t.Error(err)
				}
				for _, c := range mine {
					claims <- c.ID
				}
			}
		})
	}
	all.Wait()
	close(claims)
	seen := map[int32]int{}
	for id := range claims {
		seen[id]++
	}
	for id := int32(1); id <= orders; id++ {
		if seen[id] != 1 {
			t.Errorf("payment %d was claimed %d times", id, seen[id])
		}
	}
}

func TestReconcilerWithoutStripe(t *testing.T) {
	t.Parallel()
	s := placed(t)
	s.crashed(1, true)
	s.hear(order(2))
	s.crashed(2, false) // needs no Stripe to be settled
	s.pass(stale)
	s.stripe.cut.Store(true)
	if err := s.Tick("reconcile-payments"); err == nil || !apierror.From(err).Temporary() {
		t.Errorf("%v", err)
	}
	s.want(0, event.PaymentPending)
	if p := s.payments(2)[0]; p.Status != event.PaymentFailed {
		t.Errorf("one payment's failure stops the next: %+v", p)
	}
	s.stripe.cut.Store(false)
	s.reconcile()
	s.want(0, event.PaymentFailed)
}
