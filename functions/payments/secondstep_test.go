package payments

import (
	"regexp"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/timestamp"
)

func TestSecondStep(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		outcome string
		after   event.PaymentStatus
		charges int
		events  []string
		counted string
	}{
		{"succeed", event.PaymentSucceeded, 1, []string{"payments.created payment/1"}, succeeded},
		{"fail", event.PaymentFailed, 0, nil, declined},
	} {
		f := placed(t)
		a := f.pay(1, "tok_threeDSecure2Required")
		form := regexp.MustCompile(`^{"message":"Payment needs action.","clientSecret":"(` + f.payments(1)[0].IntentID + `_secret_\w+)"}$`)
		match := form.FindStringSubmatch(a.Body)
		if a.Status != 202 || match == nil {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		f.want(1, 0, event.PaymentPending)
		if !f.authenticate(match[1], c.outcome) {
			t.Fatal("not authenticated")
		}
		for range 3 {
			f.notify(1)
		}
		f.want(1, c.charges, c.after)
		f.announced(c.events...)
		f.Counted(map[string]float64{"payments_total outcome=" + c.counted: 1})
	}
}

// A second step that waits gives way to a new attempt, and can then no longer be done.
func TestSecondStepGivesWay(t *testing.T) {
	t.Parallel()
	f := placed(t)
	secrets := []string{f.asked(1), f.asked(1)}
	f.stripe.away.Store(true)
	f.refused(1, "tok_visa", 503, "Service unavailable.")
	f.want(1, 0, event.PaymentFailed, event.PaymentPending)
	f.stripe.away.Store(false)
	f.paid(1, "tok_visa")
	for _, late := range secrets {
		if f.authenticate(late, "succeed") {
			t.Error("the second step can be done when another attempt has taken its place")
		}
	}
	f.want(1, 1, event.PaymentFailed, event.PaymentFailed, event.PaymentSucceeded)
	f.announced("payments.created payment/3")
	f.Counted(map[string]float64{"payments_total outcome=failed": 2, "payments_total outcome=declined": 0})

	f.copy(order(2))
	if !f.authenticate(f.asked(2), "succeed") { // the buyer did it, and comes back before its webhook
		t.Fatal("not authenticated")
	}
	f.refused(2, "tok_visa", 409, "Order is already paid.")
	f.want(2, 1, event.PaymentSucceeded)
	f.announced("payments.created payment/4")
}

// A second step that waits is left alone while it may be done, and ended when it may not.
func TestReconcilerEndsSecondStep(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	cases := []struct {
		what   string
		change func(*event.Order)
		asked  string // how long ago
		ended  bool
	}{
		{"almost an hour", func(*event.Order) {}, "58 minutes", false},
		{"more than an hour", func(*event.Order) {}, "61 minutes", true},
		{"extended", func(o *event.Order) { o.ExpiresAt = timestamp.Of(o.ExpiresAt.Add(time.Hour)) }, "1 minute", false},
		{"cancelled", func(o *event.Order) { o.Status = event.OrderIsCancelled }, "1 minute", true},
		{"expired a moment ago", func(o *event.Order) { o.ExpiresAt = o.CreatedAt }, "1 minute", false},
		{"expired", func(o *event.Order) { o.ExpiresAt = timestamp.Of(o.CreatedAt.Add(-2 * time.Minute)) }, "1 minute", true},
		{"kept", func(o *event.Order) {
			held := o.ExpiresAt
			o.ExpiresAt, o.HeldUntil = timestamp.Of(o.CreatedAt.Add(-2*time.Minute)), &held
		}, "1 minute", false},
	}
	secrets := make([]string, len(cases))
	for i, c := range cases {
		o := order(int32(i + 1))
		f.copy(o)
		secrets[i] = f.asked(o.ID)
		o.Version = 1
		c.change(&o)
		f.copy(o)
		_, err := f.db.Exec(t.Context(), `UPDATE payments SET created_at = now() - $2::interval, checked_at = now() - $2::interval WHERE order_id = $1`, o.ID, c.asked)
		f.Must(err)
	}
	f.reconcile()
	for i, c := range cases {
		if f.authenticate(secrets[i], "succeed") == c.ended {
			t.Errorf("%s: ended: %v", c.what, !c.ended)
		}
	}
	f.pass(stale)
	f.reconcile()
	for i, c := range cases {
		if c.ended {
			f.want(int32(i+1), 0, event.PaymentFailed)
		} else {
			f.want(int32(i+1), 1, event.PaymentSucceeded)
		}
	}
}
