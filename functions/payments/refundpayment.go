package payments

import (
	"context"
	"errors"
	"fmt"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

// RefundPayment gives back the money of a payment that its order could not take.
func (p *Payments) RefundPayment(ctx context.Context, r event.PaymentRejected) error {
	payment, err := p.store.get(ctx, r.PaymentID)
	switch {
	case errors.Is(err, errUnknownPayment):
		return function.Reject(err)
	case err != nil:
		return err
	case payment.Status == event.PaymentIsRefunded:
		return nil
	case payment.Status != event.PaymentSucceeded:
		return function.Reject(fmt.Errorf("payment %d is %s: there is nothing to refund", payment.ID, payment.Status))
	}
	if err := p.gateway.Refund(ctx, payment.Key, payment.IntentID); err != nil {
		return translate(err)
	}
	seq, err := p.store.refunded(ctx, payment.ID)
	if seq != 0 {
		p.outcomes.WithLabelValues(refunded).Inc()
	}
	return err
}
