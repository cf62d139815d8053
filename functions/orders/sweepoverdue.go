package orders

import (
	"context"
	"errors"
)

// SweepOverdue cancels the orders whose time was up a while ago: those that the scheduler has lost.
func (o *Orders) SweepOverdue(ctx context.Context) error {
	ids, err := o.store.overdue(ctx, o.now().Add(-grace))
	if err != nil {
		return err
	}
	for _, id := range ids {
		_, failed := o.expire(ctx, id)
		if !errors.Is(failed, errNotDue) {
			err = errors.Join(err, failed)
		}
	}
	return err
}
