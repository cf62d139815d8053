package payments

import (
	"context"
	"errors"
	"fmt"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
)

// RefundPayment gives back the money of a payment that its order could not take.
//
// It rejects what has no money to give back. Errors: apierror.Unavailable.
func (p *Payments) RefundPayment(ctx context.Context, r event.PaymentRejected) error {
	payment, err := findPayment(ctx, p.db, r.PaymentID)
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
	seq, err := p.db.Change(ctx, func(tx postgres.Tx) (event.Draft, error) {
		return saveRefunded(ctx, tx, payment.ID)
	})
	p.count(refunded, seq != 0)
	return err
}
