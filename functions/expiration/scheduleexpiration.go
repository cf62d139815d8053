package expiration

import (
	"context"

	"github.com/gittix/ticketing/shared/event"
)

// scheduleExpiration follows an order: while it is open it has a deadline, which only ever moves forward,
// and once it has ended it has none.
//
// An old event of an open order changes nothing. One that comes after the order has ended makes a deadline
// that orders will find to be of no importance.
func (a agenda) scheduleExpiration(ctx context.Context, o event.Order) error {
	if o.Status != event.OrderIsCreated {
		return a.forget(ctx, o.ID)
	}
	return a.schedule(ctx, deadlineOf(ctx, o))
}
