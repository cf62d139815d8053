package payments

import (
	"context"

	"github.com/gittix/ticketing/functions/payments/gateway"
	"github.com/gittix/ticketing/shared/event"
)

// settle brings a payment to where its intent stands. An intent that waits for another card is cancelled
// first: a payment fails only when no money can come of it any more.
func (p *Payments) settle(ctx context.Context, payment Payment, intent gateway.Intent) (Payment, int64, error) {
	why := failed
	if intent.Status == gateway.NeedsPaymentMethod {
		why = declined
	}
	if intent.Status == gateway.NeedsPaymentMethod || intent.Status == gateway.NeedsConfirmation {
		var err error
		if intent, err = p.gateway.Cancel(ctx, payment.Key, payment.IntentID); err != nil {
			return payment, 0, translate(err)
		}
	}
	return p.conclude(ctx, payment.ID, intent, why)
}

// conclude stores where a payment's intent stands, and counts what became of the payment: if it fails, why.
func (p *Payments) conclude(ctx context.Context, id int32, intent gateway.Intent, why string) (Payment, int64, error) {
	payment, seq, moved, err := p.store.settle(ctx, id, intent)
	if err == nil && moved {
		switch payment.Status {
		case event.PaymentSucceeded:
			p.outcomes.WithLabelValues(succeeded).Inc()
		case event.PaymentFailed:
			p.outcomes.WithLabelValues(why).Inc()
		}
	}
	return payment, seq, err
}

// abandon ends a payment, unless it has succeeded meanwhile.
func (p *Payments) abandon(ctx context.Context, payment Payment) error {
	intent := gateway.Intent{Status: gateway.Cancelled} // where Stripe was never asked to confirm
	if payment.IntentID != "" {
		var err error
		if intent, err = p.gateway.Cancel(ctx, payment.Key, payment.IntentID); err != nil {
			return translate(err)
		}
	}
	_, _, err := p.conclude(ctx, payment.ID, intent, failed)
	return err
}
