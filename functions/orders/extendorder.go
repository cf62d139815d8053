package orders

import (
	"context"

	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/session"
)

// ExtendOrder gives an order of the signed-in user a whole hold from now.
//
// Errors: apierror.ErrInvalidID, ErrNotFound, ErrNotYoursToKeep, ErrNotExtendable.
func (o *Orders) ExtendOrder(ctx context.Context, req function.ByID) (Reply, error) {
	order, seq, err := o.store.update(ctx, req.ID, func(order *Order) error {
		if order.UserID != session.User(ctx) {
			return ErrNotYoursToKeep
		}
		now := o.now()
		return order.Extend(now, now.Add(o.hold), o.maxExtensions)
	})
	return Reply{Message: "Order extended.", Order: order, Seq: seq}, err
}
