package orders

import (
	"context"

	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/session"
)

// CancelOrder frees the ticket of an order of the signed-in user. To cancel again changes nothing.
//
// Errors: apierror.ErrInvalidID, ErrNotFound, ErrNotYoursToEnd, ErrComplete.
func (o *Orders) CancelOrder(ctx context.Context, req function.ByID) (Reply, error) {
	order, seq, err := o.store.update(ctx, req.ID, func(order *Order) error {
		if order.UserID != session.User(ctx) {
			return ErrNotYoursToEnd
		}
		return order.Cancel()
	})
	o.measures.count(cancelled, seq)
	return Reply{Message: "Order cancelled.", Order: order, Seq: seq}, err
}
