package expiration

import (
	"context"

	"github.com/gittix/ticketing/shared/event"
)

// scheduleExpiration follows an order: while it is open it has a deadline, which only moves forward, and once it has
// ended it has none.
//
// An old event of an open order changes nothing. One that comes after the order has ended sets a deadline again;
// when that passes, the orders service ignores it.
func (a agenda) scheduleExpiration(ctx context.Context, o event.Order) error {
	if !o.Status.Known() {
		return nil // of a newer version: orders says at the deadline, if there is one, what it means
	}
	if o.Status != event.OrderIsCreated {
		return a.forget(ctx, o.ID)
	}
	d := deadlineOf(ctx, o)
	if a.signatures != nil {
		draft, err := d.reached(ctx)
		if err == nil {
			err = a.signatures.Sign(&draft)
		}
		if err != nil {
			return err
		}
		d.signature = draft.Signature
	}
	return a.schedule(ctx, d)
}
