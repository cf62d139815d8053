package expiration

import (
	"context"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

// scheduleExpiration follows orders: while one is open it has a deadline, which only moves forward, and once it has
// ended it has none.
//
// An old event of an open order changes nothing. One that comes after the order has ended sets a deadline again;
// when that passes, the orders service ignores it.
func (a agenda) scheduleExpiration(ctx context.Context, orders []event.Order) error {
	var open []deadline
	var ended []any
	for i, o := range orders {
		switch {
		case !o.Status.Known(): // of a newer version: orders says at the deadline, if there is one, what it means
		case o.Status != event.OrderIsCreated:
			ended = append(ended, o.ID)
		default:
			d, err := a.signed(ctx, deadlineOf(function.Cause(ctx, i), o))
			if err != nil {
				return err
			}
			open = append(open, d)
		}
	}
	if err := a.schedule(ctx, open); err != nil {
		return err
	}
	return a.forget(ctx, ended)
}

// signed returns a deadline with the signature of the event that announces it.
func (a agenda) signed(ctx context.Context, d deadline) (deadline, error) {
	if a.signatures == nil {
		return d, nil
	}
	draft, err := d.reached(ctx)
	if err == nil {
		err = a.signatures.Sign(&draft)
	}
	d.signature = draft.Signature
	return d, err
}
