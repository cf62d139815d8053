package payments

import (
	"context"
	"errors"
	"time"

	"github.com/gittix/ticketing/functions/payments/gateway"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
)

// settle brings a payment to where its intent stands, and returns it with the position of the event that says that it
// has succeeded or failed now (0: there is none). An intent that waits for another card or for its confirmation is canceled
// first: a payment fails only when no money can come of it anymore.
//
// Errors: apierror.Unavailable.
func (p *Payments) settle(ctx context.Context, payment Payment, intent gateway.Intent) (Payment, int64, error) {
	switch intent.Status {
	case gateway.NeedsPaymentMethod:
		return p.abandon(ctx, payment, declined)
	case gateway.NeedsConfirmation:
		return p.abandon(ctx, payment, failed)
	}
	return p.store(ctx, payment, intent, failed)
}

// abandon ends a payment with that outcome, unless it has succeeded meanwhile. It returns what settle does.
func (p *Payments) abandon(ctx context.Context, payment Payment, outcome string) (Payment, int64, error) {
	intent := gateway.Intent{Status: gateway.Cancelled} // where there is none
	if payment.IntentID != "" {
		var err error
		intent, err = p.gateway.Cancel(ctx, payment.undoKey(), payment.IntentID)
		if err != nil {
			return payment, 0, translate(p.endUndoCall(ctx, payment, err))
		}
	}
	return p.store(ctx, payment, intent, outcome)
}

// store moves a payment to where its intent stands. If that makes it fail, outcome is counted.
func (p *Payments) store(ctx context.Context, payment Payment, intent gateway.Intent, outcome string) (Payment, int64, error) {
	id, moved := payment.ID, false
	seq, err := p.db.Change(ctx, func(tx postgres.Tx) (none event.Draft, err error) {
		if payment, err = lockPayment(ctx, tx, id); err != nil {
			return none, err
		}
		asked := payment.NeedsAction
		if moved = payment.Settle(intent); !moved {
			return none, nil
		}
		var refusedAt *time.Time
		if payment.Status == event.PaymentFailed && (outcome == declined || asked) {
			now := p.now()
			refusedAt = &now
		}
		return savePayment(ctx, tx, &payment, refusedAt)
	})
	p.count(succeeded, seq != 0 && payment.Status == event.PaymentSucceeded)
	p.count(outcome, err == nil && moved && payment.Status == event.PaymentFailed)
	return payment, seq, err
}

// outcomeOf distinguishes a card that was declined from other failures.
func outcomeOf(err error) string {
	if errors.Is(err, gateway.ErrDeclined) {
		return declined
	}
	return failed
}

// translate gives a gateway's error its meaning for the client.
func translate(err error) error {
	switch {
	case errors.Is(err, gateway.ErrDeclined):
		return ErrChargeFailed.With(err)
	case errors.Is(err, gateway.ErrUnavailable):
		return apierror.Unavailable(err)
	case errors.Is(err, gateway.ErrAmount):
		return ErrNotChargeable.With(err)
	case errors.Is(err, gateway.ErrRefused):
		return ErrRefused.With(err)
	}
	return err
}

// endUndoCall returns the error of a call to cancel or refund a payment. If what it did is known, the next call has a new key.
func (p *Payments) endUndoCall(ctx context.Context, payment Payment, err error) error {
	if errors.Is(err, gateway.ErrUnknown) {
		return err
	}
	_, unsaved := p.db.Exec(ctx, `UPDATE payments SET undone = undone + 1 WHERE id = $1 AND undone = $2`, payment.ID, payment.UndoCalls)
	return errors.Join(err, unsaved)
}
