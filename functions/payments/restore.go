package payments

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/functions/payments/gateway"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/money"
	"github.com/gittix/ticketing/shared/postgres"
)

func (p *Payments) restore() *function.Restore {
	return &function.Restore{
		Begin:    func(ctx context.Context) error { return p.db.BeginRestore(ctx, "orders") },
		Announce: p.db.Outbox().ReplaySince,
		Arrived:  func(ctx context.Context) error { return p.db.Arrived(ctx, "orders") },
		End:      p.findLost,
	}
}

// findLost gives back the money of orders that were lost, and asks Stripe for the payments that were made since the backup. One that
// cannot be set right holds up no others.
func (p *Payments) findLost(ctx context.Context, since time.Time, act bool) (did []string, err error) {
	lost, err := postgres.All(ctx, p.db, pgx.RowTo[int32], `SELECT id FROM orders WHERE version = $1 AND status <> 'cancelled' ORDER BY id`, postgres.Unconfirmed)
	if err != nil {
		return nil, err
	}
	for _, id := range lost {
		did = append(did, fmt.Sprintf("order %d is lost: it counts as cancelled, and what was paid for it goes back", id))
	}
	if act {
		if _, err := p.db.Exec(ctx, `
			WITH lost AS (UPDATE orders SET status = 'cancelled' WHERE id = ANY($1) AND version = $2 RETURNING id)
			UPDATE payments SET kept = false FROM lost WHERE order_id = lost.id AND payments.status = 'succeeded'`, lost, postgres.Unconfirmed); err != nil {
			return did, err
		}
	}
	attempts, err := p.attemptsSince(ctx, since)
	for _, a := range attempts {
		line, failed := p.adopt(ctx, a, act)
		if line != "" {
			did = append(did, line)
		}
		if err = errors.Join(err, failed); ctx.Err() != nil {
			break
		}
	}
	return did, err
}

// attemptsSince returns what Stripe knows, each order's attempts in their order. What is marked as another system's is left out.
func (p *Payments) attemptsSince(ctx context.Context, since time.Time) (all []gateway.Attempted, err error) {
	system, err := p.mark(ctx)
	if err != nil {
		return nil, err
	}
	for next := ""; ; {
		var page []gateway.Attempted
		if page, next, err = p.gateway.AttemptsSince(ctx, since, next); err != nil {
			return nil, translate(err)
		}
		for _, a := range page {
			if a.System == system || a.System == "" {
				all = append(all, a)
			}
		}
		if next == "" {
			slices.SortStableFunc(all, func(a, b gateway.Attempted) int { return int(a.PaymentID - b.PaymentID) })
			return all, nil
		}
	}
}

// adopt sets right what was attempted and is not known here any more. It returns what it did, or would do, and "" if that is nothing.
func (p *Payments) adopt(ctx context.Context, a gateway.Attempted, act bool) (did string, err error) {
	if _, err := findPaymentOf(ctx, p.db, a.ID); ignoreNone(err) != nil || err == nil {
		return "", err
	}
	name := fmt.Sprintf("payment %d of order %d (%s, %s USD)", a.PaymentID, a.OrderID, a.ID, money.Cents(a.AmountCents))
	if a.Status == gateway.Cancelled {
		return "", nil
	}
	if a.Status != gateway.Succeeded {
		did = name + " is lost, and nothing was charged: it is cancelled"
		if !act {
			return did, nil
		}
		if a.Intent, err = p.gateway.Cancel(ctx, "lost-"+a.ID, a.ID); err != nil || a.Status != gateway.Succeeded {
			return did, translate(err)
		}
	}
	order, err := findOrder(ctx, p.db, a.OrderID)
	switch {
	case errors.Is(err, ErrOrderNotFound):
		return p.giveBack(ctx, a, name, act)
	case err != nil:
		return name, err
	case int64(order.Price) != a.AmountCents:
		return name + " is not the price of that order, and is left alone: it may be of another system", nil
	}
	did = name + " was lost, and is noted again"
	if !act {
		return did, nil
	}
	payment, err := postgres.One(ctx, p.db, scan, `
		INSERT INTO payments (id, order_id, user_id, amount, intent_id) OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET intent_id = excluded.intent_id, status = 'pending'
		WHERE payments.order_id = excluded.order_id AND payments.intent_id = '' AND payments.status IN ('pending', 'failed')
		RETURNING `+columns, a.PaymentID, order.ID, order.UserID, a.AmountCents, a.ID)
	if err != nil {
		return name, fmt.Errorf("%s cannot be noted: %w", name, err)
	}
	if _, _, err := p.settle(ctx, payment, a.Intent); err != nil {
		return did, err
	}
	_, err = p.followIntent(ctx, a.ID, true) // its refunds and disputes
	return did, err
}

// giveBack refunds what is left of a payment whose order is lost.
func (p *Payments) giveBack(ctx context.Context, a gateway.Attempted, name string, act bool) (did string, err error) {
	known, err := p.gateway.FindReversals(ctx, a.ID)
	left := (&Payment{Payment: event.Payment{StripeCharge: event.Charge{Amount: a.AmountCents}}}).Left(known)
	if err != nil || left <= 0 {
		return "", translate(err)
	}
	did = name + " is lost with its order: its money goes back"
	if act {
		_, err = p.gateway.Refund(ctx, "lost-"+a.ID, a.ID)
	}
	return did, translate(err)
}
