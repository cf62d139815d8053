package orders

import (
	"context"
	"errors"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

// ExpireOrder cancels an order whose time is up, unless it was paid or extended meanwhile. Where this
// clock is behind the scheduler's, the event comes again.
func (o *Orders) ExpireOrder(ctx context.Context, e event.ExpirationReached) error {
	order, err := o.expire(ctx, e.ID)
	switch {
	case errors.Is(err, ErrNotFound):
		return function.Reject(err)
	case errors.Is(err, errNotDue) && order.ExpiresAt.After(e.ExpiresAt.Time):
		return nil // the scheduler learns, or has learned, of the extension
	}
	return err
}

// expire cancels an order if its time is up and it is not paid. Errors: ErrNotFound, errNotDue.
func (o *Orders) expire(ctx context.Context, id int32) (Order, error) {
	order, seq, err := o.store.update(ctx, id, func(order *Order) error { return order.Expire(o.now()) })
	if seq != 0 {
		o.measures.count(expired, seq)
		o.measures.lateness.Observe(o.now().Sub(order.ExpiresAt.Time).Seconds())
	}
	return order, err
}
