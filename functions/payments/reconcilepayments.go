package payments

import (
	"context"
	"errors"
	"time"

	"github.com/gittix/ticketing/functions/payments/gateway"
)

const (
	secondStepWithin = time.Hour // for a buyer who was asked for a second step
	batch            = 100       // payments per run
)

// ReconcilePayments settles payments that have been pending for longer than an attempt takes: those whose outcome a
// crash or a timeout left unknown, and those whose second step was not done in time.
//
// Errors: apierror.Unavailable for those that must wait for Stripe; the others are settled.
func (p *Payments) ReconcilePayments(ctx context.Context) error {
	open, err := claimPending(ctx, p.db, p.now().Add(-p.timeout-5*time.Second), batch)
	for _, payment := range open {
		err = errors.Join(err, p.reconcile(ctx, payment))
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
	tooLate := order.Payable(order.UserID, p.now()) != nil || p.now().Sub(payment.CreatedAt.Time) > secondStepWithin
	if intent.Status == gateway.NeedsAction && tooLate {
		_, _, err = p.abandon(ctx, payment, failed)
		return err
	}
	_, _, err = p.settle(ctx, payment, intent)
	return err
}
