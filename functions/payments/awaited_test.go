package payments

import (
	"slices"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/timestamp"
)

// What is said of an order while a payment that began in its last moments waits for it.
func TestLastMoments(t *testing.T) {
	t.Parallel()
	ended := func(o *event.Order) { o.Status = event.OrderIsCancelled }
	const left = 4 * time.Second // of the order's time
	for name, c := range map[string]struct {
		passes  time.Duration
		said    func(*event.Order)
		status  int
		message string
	}{
		"it waits": {0, func(o *event.Order) { o.AwaitedPaymentID = 1 }, 201, "Payment created."},
		"it is kept": {left, func(o *event.Order) {
			o.AwaitedPaymentID, o.HeldUntil = 1, &timestamp.Time{Time: o.ExpiresAt.Add(time.Minute)}
		}, 201, "Payment created."},
		"it has time again":           {0, func(o *event.Order) { o.ExpiresAt.Time = o.ExpiresAt.Add(time.Hour) }, 201, "Payment created."},
		"it ends":                     {left, ended, 400, "Order is expired."},
		"its buyer gives it back":     {0, ended, 400, "Order is cancelled."},
		"it waits for another":        {left + answerWithin, func(o *event.Order) { o.AwaitedPaymentID = 2 }, 400, "Order is expired."},
		"nothing, until its time was": {left + answerWithin, func(*event.Order) {}, 400, "Order is expired."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t, nil)
			o := order(1)
			o.ExpiresAt = timestamp.Of(time.Now().Add(left))
			f.copy(o)
			answer := make(chan functiontest.Answer)
			go func() { answer <- f.pay(1, "tok_visa") }()
			for len(f.payments(1)) == 0 && t.Context().Err() == nil { // it begins
			}
			if n := len(f.stripe.sandbox.Ledger().Charges); n > 0 {
				t.Errorf("charged before anything was said")
			}
			f.ahead.Add(int64(c.passes))
			o.Version = 1
			c.said(&o)
			f.copy(o)
			a := <-answer
			if c.status == 201 {
				functiontest.Parse[CreatePaymentReply](t, a, 201)
				f.want(1, 1, event.PaymentSucceeded)
				return
			}
			functiontest.Refused(t, name, a, c.status, c.message)
			f.want(1, 0, event.PaymentFailed)
			if p := f.payments(1)[0]; p.IntentID != "" {
				t.Errorf("Stripe was asked: %+v", p)
			}
		})
	}
}

// Each attempt is announced when it begins, and how it ends.
func TestAttemptsAreAnnounced(t *testing.T) {
	t.Parallel()
	f := placed(t)
	f.asked(1)
	f.refused(1, "tok_chargeDeclined", 400, "Stripe charge failed.")
	f.paid(1, "tok_visa")
	type attempt struct {
		kind    string
		id      int32
		status  event.PaymentStatus
		version int32
	}
	var got []attempt
	for _, e := range f.Announced() {
		p, err := event.DataOf[event.Payment](e)
		f.Must(err)
		got = append(got, attempt{e.Type(), p.ID, p.Status, p.Version})
	}
	const updated, created = string(event.PaymentUpdated), string(event.PaymentCreated)
	want := []attempt{
		{updated, 1, event.PaymentPending, 0}, {updated, 1, event.PaymentFailed, 1},
		{updated, 2, event.PaymentPending, 0}, {updated, 2, event.PaymentFailed, 1},
		{updated, 3, event.PaymentPending, 0}, {created, 3, event.PaymentSucceeded, 1},
	}
	if !slices.Equal(got, want) {
		t.Errorf("announced %+v", got)
	}
}
