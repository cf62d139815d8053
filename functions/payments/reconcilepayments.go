package payments

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/functions/payments/gateway"
	"github.com/gittix/ticketing/shared/postgres"
)

const secondStepWithin = time.Hour // for a buyer who was asked for a second step

// ReconcilePayments settles payments that have been pending for longer than an attempt takes: those whose outcome a
// crash or a timeout left unknown, and those whose second step was not done in time. It finds payments of orders that
// were cancelled, and makes the attempts to send money back that are due. Many are worked on at once, those first that
// were tried least recently.
//
// Errors: apierror.Unavailable for those that must wait for Stripe; the others are settled.
func (p *Payments) ReconcilePayments(ctx context.Context) error {
	late, err := findLate(ctx, p.db)
	for _, id := range late {
		_, failed := p.owe(ctx, id)
		err = errors.Join(err, failed)
	}
	now, unknown := databaseNow(ctx, p.db)
	if unknown != nil {
		return errors.Join(err, unknown)
	}
	err = errors.Join(err, p.manyAtOnce(ctx,
		func(ctx context.Context) (bool, error) { // pending payments
			payment, err := claimPending(ctx, p.db, now.Add(-p.stale))
			if err != nil {
				return false, ignoreNone(err)
			}
			return true, p.reconcile(ctx, payment)
		},
		func(ctx context.Context) (bool, error) { // refunds
			payment, err := claimRefund(ctx, p.db, now, 0)
			if err != nil {
				return false, ignoreNone(err)
			}
			return true, p.refund(ctx, payment)
		}))
	return errors.Join(err, p.tellOverdue(ctx))
}

// nextUnsettled says when the first payment that is pending, to be sent back, or not known to be of a complete order is to be looked at.
func (p *Payments) nextUnsettled(ctx context.Context) (time.Time, error) {
	first, err := postgres.One(ctx, p.db, pgx.RowTo[*time.Time], `
		SELECT least(
			(SELECT min(checked_at) + $1::interval FROM payments WHERE status = 'pending'),
			(SELECT min(next_attempt_at) FROM payments WHERE next_attempt_at IS NOT NULL),
			(SELECT clock_timestamp() FROM payments WHERE status = 'succeeded' AND NOT kept AND owed_since IS NULL LIMIT 1))`, p.stale)
	if err != nil || first == nil {
		return time.Time{}, err
	}
	return *first, nil
}

func ignoreNone(err error) error {
	if errors.Is(err, errUnknownPayment) {
		return nil
	}
	return err
}

func (p *Payments) reconcile(ctx context.Context, payment Payment) error {
	if payment.IntentID == "" {
		_, _, err := p.abandon(ctx, payment, failed)
		return err
	}
	intent, err := p.gateway.Find(ctx, payment.IntentID)
	if err != nil {
		return translate(err)
	}
	order, err := findOrder(ctx, p.db, payment.OrderID)
	if err != nil {
		return err
	}
	tooLate := !order.Waits(p.now()) || p.now().Sub(payment.CreatedAt.Time) > secondStepWithin
	if intent.Status == gateway.NeedsAction && tooLate {
		_, _, err = p.abandon(ctx, payment, failed)
		return err
	}
	_, _, err = p.settle(ctx, payment, intent)
	return err
}
