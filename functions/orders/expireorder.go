package orders

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/timestamp"
)

// ExpireOrder cancels orders whose time is up, unless they were paid or extended meanwhile, or are to be kept for a payment. Where
// this clock is behind the scheduler's, the event comes again.
func (o *Orders) ExpireOrder(ctx context.Context, reached []event.ExpirationReached) error {
	causes := map[int32]context.Context{}
	for i, e := range reached {
		causes[e.ID] = function.Cause(ctx, i)
	}
	early, err := o.expire(ctx, causes)
	for _, e := range reached {
		// of an order that ends later than its event says, the scheduler learns, or has learned
		if ends, ok := early[e.ID]; ok && err == nil && !ends.After(e.ExpiresAt.Time) {
			err = errNotDue
		}
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
		_, failed := o.expire(ctx, map[int32]context.Context{id: ctx})
		err = errors.Join(err, failed)
	}
	return err
}

// nextOverdue says when the first open order will be overdue, unless it is paid or extended.
func (o *Orders) nextOverdue(ctx context.Context) (time.Time, error) {
	first, err := postgres.One(ctx, o.db, pgx.RowTo[time.Time], `
		SELECT greatest(expires_at + $1::interval, held_until) FROM orders WHERE status = 'created' ORDER BY expires_at LIMIT 1`, overlooked)
	if errors.Is(err, pgx.ErrNoRows) {
		return time.Time{}, nil
	}
	return first, err
}

// expire cancels orders if their time is up and they are not paid, or keeps them for a payment, each in the context of its cause. It returns
// when those end whose time is not up. Errors: ErrNotFound, if there is not each of them; then none is changed.
func (o *Orders) expire(ctx context.Context, causes map[int32]context.Context) (early map[int32]timestamp.Time, err error) {
	var saved []Order
	var ends map[int32]timestamp.Time
	_, err = o.db.ChangeMany(ctx, func(tx postgres.Tx) (drafts []event.Draft, err error) {
		early, ends = map[int32]timestamp.Time{}, map[int32]timestamp.Time{}
		orders, err := lockOrders(ctx, tx, slices.Collect(maps.Keys(causes)))
		if err != nil {
			return nil, err
		}
		if len(orders) < len(causes) {
			return nil, ErrNotFound
		}
		var due []Order
		for _, order := range orders {
			ends[order.ID] = order.Ends()
			switch err := order.Expire(o.now(), o.grace); {
			case errors.Is(err, errNotDue):
				early[order.ID] = order.Ends()
			case err != nil:
				return nil, err
			default:
				due = append(due, order)
			}
		}
		saved, drafts, err = saveOrders(ctx, tx, due, causes)
		return drafts, err
	})
	if err != nil {
		return nil, err
	}
	for _, order := range saved {
		o.metrics.lateness.Observe(o.now().Sub(ends[order.ID].Time).Seconds())
		outcome := expired
		if order.Status == event.OrderIsCreated {
			outcome = kept
		}
		o.metrics.outcomes.WithLabelValues(outcome).Inc()
	}
	return early, nil
}
