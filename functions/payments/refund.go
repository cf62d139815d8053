package payments

import (
	"context"
	"errors"
	"fmt"

	"github.com/gittix/ticketing/functions/payments/gateway"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
)

// owe notes, and announces, that a payment's money is to go back, and returns the payment. Errors: errUnknownPayment.
func (p *Payments) owe(ctx context.Context, id int32) (Payment, error) {
	now, err := databaseNow(ctx, p.db)
	if err != nil {
		return Payment{}, err
	}
	return p.reverse(ctx, id, func(payment *Payment) { payment.Owe(now) })
}

// note stores, and announces, what Stripe says of a payment's money.
func (p *Payments) note(ctx context.Context, id int32, r gateway.Reversals) error {
	now, err := databaseNow(ctx, p.db)
	if err != nil {
		return err
	}
	_, err = p.reverse(ctx, id, func(payment *Payment) { payment.Reverse(r, now) })
	return err
}

func (p *Payments) reverse(ctx context.Context, id int32, change func(*Payment)) (payment Payment, err error) {
	var before event.Payment
	seq, err := p.db.Change(ctx, func(tx postgres.Tx) (none event.Draft, err error) {
		if payment, err = lockPayment(ctx, tx, id); err != nil {
			return none, err
		}
		was := payment
		before = was.Payment
		if change(&payment); payment == was {
			return none, nil
		}
		return saveReversed(ctx, tx, &payment, before)
	})
	if seq != 0 {
		p.countReversal(before, payment.Payment)
	}
	return payment, err
}

// refund makes one attempt to send back what is left of a payment's money, after asking what is. What it learns is
// noted; another attempt follows by time until all of it has arrived.
//
// Errors: apierror.Unavailable; what Stripe refuses.
func (p *Payments) refund(ctx context.Context, payment Payment) error {
	known, err := p.gateway.FindReversals(ctx, payment.IntentID)
	if err == nil && payment.Left(known) > 0 {
		var sent gateway.Reversals
		sent, err = p.gateway.Refund(ctx, payment.undoKey(), payment.IntentID)
		if err = p.endUndoCall(ctx, payment, err); err == nil && sent.Failed {
			err = errors.New("the refund has failed")
		}
		known = known.And(sent)
	}
	text := ""
	if err != nil {
		text = err.Error() // of the gateway, which quotes nothing
	}
	if _, unsaved := p.db.Exec(ctx, `UPDATE payments SET last_error = $2 WHERE id = $1 AND last_error <> $2`, payment.ID, text); unsaved != nil {
		return unsaved
	}
	if err != nil {
		return fmt.Errorf("payment %d is to be refunded since %v: %w", payment.ID, payment.OwedSince, translate(err))
	}
	return p.note(ctx, payment.ID, known)
}
