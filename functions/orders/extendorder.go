package orders

import (
	"context"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
)

// ExtendOrder gives an order of the signed-in user a whole hold from now.
//
// Errors: apierror.ErrInvalidID, ErrNotFound, ErrNotYoursToKeep, ErrNotExtendable.
func (o *Orders) ExtendOrder(ctx context.Context, req function.ByID) (Reply, error) {
	var order Order
	seq, err := o.db.ChangeInTurn(ctx, session.User(ctx), func(tx postgres.Tx) (none event.Draft, err error) {
		if order, err = lockOrder(ctx, tx, req.ID); err != nil {
			return none, err
		}
		if order.UserID != session.User(ctx) {
			return none, ErrNotYoursToKeep
		}
		now := o.now()
		if err := order.Extend(now, now.Add(o.hold), o.maxExtensions); err != nil {
			return none, err
		}
		return saveOrder(ctx, tx, &order)
	})
	return Reply{Message: "Order extended.", Order: order, Seq: seq}, err
}
