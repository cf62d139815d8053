package orders

import (
	"context"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
)

// CancelOrder frees the ticket of an order of the signed-in user. To cancel again changes nothing.
//
// Errors: apierror.ErrInvalidID, ErrNotFound, ErrNotYoursToEnd, ErrComplete, ErrNotCancellable.
func (o *Orders) CancelOrder(ctx context.Context, req function.ByID) (Reply, error) {
	var order Order
	seq, err := o.db.ChangeInTurn(ctx, session.User(ctx), func(tx postgres.Tx) (none event.Draft, err error) {
		if order, err = lockOrder(ctx, tx, req.ID); err != nil {
			return none, err
		}
		if order.UserID != session.User(ctx) {
			return none, ErrNotYoursToEnd
		}
		if err := order.Cancel(); err != nil {
			return none, err
		}
		return saveOrder(ctx, tx, &order)
	})
	o.metrics.count(cancelled, seq)
	return Reply{Message: "Order cancelled.", Order: order, Seq: seq}, err
}
