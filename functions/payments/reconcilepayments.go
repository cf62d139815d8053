package payments

import (
	"context"
	"errors"
	"time"

	"github.com/gittix/ticketing/functions/payments/gateway"
)

const (
	secondStepWithin = time.Hour // for a buyer who was asked for a second step
	atOnce           = 100       // payments per run
)

// ReconcilePayments settles payments that have been pending for longer than an attempt takes: those whose
// outcome a crash or a time-out left unknown, and those whose second step nobody takes.
func (p *Payments) ReconcilePayments(ctx context.Context) error {
	open, err := p.store.claimPending(ctx, p.now().Add(-p.timeout-5*time.Second), atOnce)
	for _, c := range open {
		err = errors.Join(err, p.reconcile(ctx, c))
	}
	return err
}

func (p *Payments) reconcile(ctx context.Context, c claimed) error {
	if c.IntentID == "" {
		return p.abandon(ctx, c.Payment)
	}
	intent, err := p.gateway.Find(ctx, c.IntentID)
	if err != nil {
		return translate(err)
	}
	waitsTooLong := c.order.Payable(c.order.UserID, p.now()) != nil || p.now().Sub(c.CreatedAt.Time) > secondStepWithin
	if intent.Status == gateway.NeedsAction && waitsTooLong {
		return p.abandon(ctx, c.Payment)
	}
	_, _, err = p.settle(ctx, c.Payment, intent)
	return err
}
