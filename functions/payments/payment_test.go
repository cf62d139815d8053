package payments

import (
	"errors"
	"testing"
	"time"

	"github.com/gittix/ticketing/functions/payments/gateway"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/timestamp"
)

func TestPayableUntilItsEnd(t *testing.T) {
	t.Parallel()
	end := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	o := Order{ID: 1, UserID: buyer, Status: event.OrderIsCreated, Price: price, ExpiresAt: timestamp.Of(end)}
	if before, at := o.Payable(buyer, end.Add(-time.Millisecond)), o.Payable(buyer, end); before != nil || !errors.Is(at, ErrOrderExpired) {
		t.Errorf("before its end: %v; at its end: %v", before, at)
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	const pending, succeeded, failed, refunded = event.PaymentPending, event.PaymentSucceeded, event.PaymentFailed, event.PaymentIsRefunded
	for _, c := range []struct {
		from        event.PaymentStatus
		intent      string
		status      gateway.Status
		want        event.PaymentStatus
		needsAction bool
	}{
		{pending, "pi_1", gateway.Succeeded, succeeded, false},
		{pending, "pi_1", gateway.Cancelled, failed, false},
		{pending, "pi_1", gateway.NeedsAction, pending, true},
		{pending, "pi_1", gateway.NeedsConfirmation, pending, false},
		{pending, "pi_1", gateway.NeedsPaymentMethod, pending, false},
		{pending, "pi_1", "unheard_of", pending, false},
		{pending, "pi_2", gateway.Succeeded, pending, false},
		{pending, "", gateway.Cancelled, pending, false},
		{succeeded, "pi_1", gateway.Cancelled, succeeded, false},
		{refunded, "pi_1", gateway.Succeeded, refunded, false},
		{failed, "pi_1", gateway.Succeeded, failed, false},
	} {
		p := Payment{Payment: event.Payment{ID: 1, Status: c.from}, IntentID: "pi_1"}
		moved := p.Settle(gateway.Intent{ID: c.intent, Status: c.status, ChargeID: "ch_1", AmountCents: 4250, Currency: "usd"})
		charge := event.Charge{}
		if c.from == pending && c.want == succeeded {
			charge = event.Charge{ID: "ch_1", Amount: 4250, Currency: "usd", Status: "succeeded"}
		}
		if p.Status != c.want || p.NeedsAction != c.needsAction || p.StripeCharge != charge || moved != (c.from != c.want || c.needsAction) {
			t.Errorf("%s, told that %q is %s: %+v, %v", c.from, c.intent, c.status, p, moved)
		}
	}
}
