package payments

import (
	"context"

	"github.com/gittix/ticketing/functions/payments/gateway"
)

// settle brings a payment to where its intent stands. An intent that waits for another card is cancelled
// first: a payment fails only when no money can come of it any more.
func (p *Payments) settle(ctx context.Context, payment Payment, intent gateway.Intent) (Payment, int64, error) {
	if intent.Status == gateway.NeedsPaymentMethod || intent.Status == gateway.NeedsConfirmation {
		var err error
		if intent, err = p.gateway.Cancel(ctx, payment.Key, payment.IntentID); err != nil {
			return payment, 0, translate(err)
		}
	}
	return p.store.settle(ctx, payment.ID, intent)
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
	_, _, err := p.store.settle(ctx, payment.ID, intent)
	return err
}
