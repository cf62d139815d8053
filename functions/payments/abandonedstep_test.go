package payments

import (
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/timestamp"
)

// A second step that waits is left alone while it may be done, and ended when it may not.
func TestReconcilerEndsSecondStep(t *testing.T) {
	t.Parallel()
	s := start(t)
	cases := []struct {
		what   string
		change func(*event.Order)
		asked  string // how long ago
		ended  bool
	}{
		{"nothing", func(*event.Order) {}, "1 minute", false},
		{"almost an hour", func(*event.Order) {}, "58 minutes", false},
		{"more than an hour", func(*event.Order) {}, "61 minutes", true},
		{"extended", func(o *event.Order) { o.ExpiresAt = timestamp.Of(o.ExpiresAt.Add(time.Hour)) }, "1 minute", false},
		{"cancelled", func(o *event.Order) { o.Status = event.OrderIsCancelled }, "1 minute", true},
		{"complete", func(o *event.Order) { o.Status = event.OrderIsComplete }, "1 minute", true},
		{"expired", func(o *event.Order) { o.ExpiresAt = o.CreatedAt }, "1 minute", true},
	}
	secrets := make([]string, len(cases))
	for i, c := range cases {
		o := order(int32(i + 1))
		s.hear(o)
		secrets[i] = s.asked(o.ID)
		o.Version = 1
		c.change(&o)
		s.hear(o)
		if _, err := s.store.db.Exec(t.Context(), `UPDATE payments SET created_at = now() - $2::interval, checked_at = now() - $2::interval
			WHERE order_id = $1`, o.ID, c.asked); err != nil {
			t.Fatal(err)
		}
	}
	s.reconcile()
	for i, c := range cases {
		if status := s.authenticate(secrets[i], "succeed"); (status != 200) != c.ended {
			t.Errorf("%s: second step %d", c.what, status)
		}
	}
	s.pass(stale)
	s.reconcile()
	for i, c := range cases {
		if c.ended {
			s.wantOf(int32(i+1), 0, event.PaymentFailed)
		} else {
			s.wantOf(int32(i+1), 1, event.PaymentSucceeded)
		}
	}
	if news := s.Announced(); len(news) != 3 {
		t.Errorf("announced %v", news)
	}
}

// Money that came too late is announced, so that the order can reject it, and goes back.
func TestSecondStepAfterCancellation(t *testing.T) {
	t.Parallel()
	s := placed(t)
	secret := s.asked(1)
	o := order(1)
	o.Version, o.Status = 1, event.OrderIsCancelled
	s.hear(o)
	if status := s.authenticate(secret, "succeed"); status != 200 {
		t.Fatalf("authenticate: %d", status)
	}
	functiontest.Refused(t, "a new attempt", s.pay(1, "tok_visa"), 400, "Order is cancelled.")
	s.pass(stale)
	s.reconcile()
	s.want(1, event.PaymentSucceeded)
	s.wantNews("payments.created payment/1")
	if err := s.reject(1, 1); err != nil {
		t.Fatal(err)
	}
	s.want(1, event.PaymentIsRefunded)
	s.wantNews("payments.refunded payment/1")
	if kept := s.stripe.sandbox.Ledger().Kept()[1]; kept != 0 {
		t.Errorf("%d cents are kept", kept)
	}
}
