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
	order, _, err := o.store.update(ctx, e.ID, func(order *Order) error { return order.Expire(o.now()) })
	switch {
	case errors.Is(err, ErrNotFound):
		return function.Reject(err)
	case errors.Is(err, errNotDue) && order.ExpiresAt.After(e.ExpiresAt.Time):
		return nil // the scheduler learns, or has learned, of the extension
	}
	return err
}
