package payments

import (
	"fmt"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

const declinedCard = "tok_chargeDeclined"

// paused checks that no attempt is let through, for about as long as this.
func (f fixture) paused(orderID int32, wait time.Duration) {
	f.t.Helper()
	functiontest.Limited(f.t, f.pay(orderID, "tok_visa"), "Too many payment attempts.", wait)
}

func (f fixture) decline(orderID int32) {
	f.t.Helper()
	f.refused(orderID, declinedCard, 400, "Stripe charge failed.")
}

// Each declined card beyond the limit doubles the pause; after it there is one more attempt, and any card may be the good one.
func TestDeclinesOfOneOrder(t *testing.T) {
	t.Parallel()
	f := start(t, config.Values{"MAX_DECLINES_PER_ORDER": "2"})
	f.copy(order(1))
	f.copy(order(2))
	f.decline(1)
	for _, pause := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute} {
		f.decline(1)
		f.paused(1, pause)
		f.pass(pause - 20*time.Second)
		f.paused(1, 20*time.Second)
		f.pass(20 * time.Second)
	}
	f.decline(2) // another order
	f.paid(1, "tok_visa")
	f.want(1, 1, event.PaymentFailed, event.PaymentFailed, event.PaymentFailed, event.PaymentFailed, event.PaymentSucceeded) // and what was refused took no id
	f.want(2, 0, event.PaymentFailed)
}

// One user's declines count over all orders, for a day; other users pay undisturbed.
func TestDeclinesOfOneUser(t *testing.T) {
	t.Parallel()
	f := start(t, config.Values{"MAX_DECLINES_PER_USER": "2"})
	for id := range int32(4) {
		o := order(id + 1)
		o.ExpiresAt.Time = o.ExpiresAt.Add(48 * time.Hour)
		if o.ID == 4 {
			o.UserID = stranger
		}
		f.copy(o)
	}
	f.decline(1)
	f.decline(2)
	f.paused(3, time.Minute)
	functiontest.Parse[CreatePaymentReply](t, f.Call(stranger, "POST", "/api/payments", `{"orderId":4,"token":"tok_visa"}`), 201)
	f.pass(time.Minute)
	f.decline(3)
	f.paused(3, 2*time.Minute)
	f.pass(24 * time.Hour)
	f.decline(1)
	f.paid(3, "tok_visa")
}

// A second step that is not done is a card that was tried out, too.
func TestAbandonedSecondSteps(t *testing.T) {
	t.Parallel()
	f := start(t, config.Values{"MAX_DECLINES_PER_ORDER": "2"})
	f.copy(order(1))
	for range 2 {
		f.asked(1)
	}
	f.refused(1, "tok_threeDSecure2Required", 429, "Too many payment attempts.")
}

// When Stripe is away, that is not the buyer's fault.
func TestOutagesAreNoDeclines(t *testing.T) {
	t.Parallel()
	f := start(t, config.Values{"MAX_DECLINES_PER_ORDER": "1", "MAX_DECLINES_PER_USER": "1"})
	f.copy(order(1))
	f.stripe.away.Store(true)
	for range 3 {
		f.refused(1, "tok_visa", 503, "Service unavailable.")
	}
	f.stripe.away.Store(false)
	f.paid(1, "tok_visa")
}

// Many attempts at once try out no more cards than one after the other.
func TestDeclinesAtOnce(t *testing.T) {
	t.Parallel()
	f := start(t, config.Values{"MAX_DECLINES_PER_USER": "3"})
	for id := range int32(16) {
		f.copy(order(id + 1))
	}
	got := functiontest.AtOnce(t, 16, func(i int) functiontest.Answer { return f.pay(int32(i+1), declinedCard) })
	if got["400 Stripe charge failed."] != 3 || got["429 Too many payment attempts."] != 13 {
		t.Errorf("%v", got)
	}
}

func TestPauses(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for count, want := range map[int]time.Duration{0: 0, 2: 0, 3: time.Minute, 4: 2 * time.Minute, 8: 32 * time.Minute, 14: declinesCount, 1 << 40: declinesCount} {
		r := refusals{count, &now}
		if got := r.rest(3, time.Minute, now); got != want {
			t.Errorf("after %s refusals: %v, want %v", fmt.Sprint(count), got, want)
		}
	}
}
