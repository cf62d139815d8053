package orders

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/timestamp"
)

// ExpireOrder cancels an order whose time is up, unless it was paid or extended meanwhile, or is to be kept for a payment. Where
// this clock is behind the scheduler's, the event comes again.
func (o *Orders) ExpireOrder(ctx context.Context, e event.ExpirationReached) error {
	order, err := o.expire(ctx, e.ID)
	if errors.Is(err, errNotDue) && order.Ends().After(e.ExpiresAt.Time) {
		return nil // the scheduler learns, or has learned, of the later time
	}
	return rejectUnknown(err)
}

// SweepOverdue does the same for orders that are overdue by more than five seconds: those that the scheduler has lost. One that was
// kept ends with the first sweep after that.
func (o *Orders) SweepOverdue(ctx context.Context) error {
	ids, err := postgres.All(ctx, o.db, pgx.RowTo[int32], `
		SELECT id FROM orders WHERE status = 'created' AND expires_at < $1 AND (held_until IS NULL OR held_until <= $2)
		ORDER BY expires_at LIMIT 1000`, o.now().Add(-overlooked), o.now())
	for _, id := range ids {
		if _, failed := o.expire(ctx, id); !errors.Is(failed, errNotDue) {
			err = errors.Join(err, failed)
		}
	}
	return err
}

// expire cancels an order if its time is up and it is not paid, or keeps it for a payment. It returns the order also beside errNotDue.
// Errors: ErrNotFound, errNotDue.
func (o *Orders) expire(ctx context.Context, id int32) (order Order, err error) {
	var due timestamp.Time
	seq, err := o.db.Change(ctx, func(tx postgres.Tx) (none event.Draft, err error) {
		if order, err = lockOrder(ctx, tx, id); err != nil {
			return none, err
		}
		due = order.Ends()
		if err := order.Expire(o.now(), o.grace); err != nil {
			return none, err
		}
		return saveOrder(ctx, tx, &order)
	})
	if seq == 0 {
		return order, err
	}
	o.metrics.lateness.Observe(o.now().Sub(due.Time).Seconds())
	if order.Status == event.OrderIsCreated {
		o.metrics.count(kept, seq)
	} else {
		o.metrics.count(expired, seq)
	}
	return order, err
}
