package orders

import (
	"context"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
)

// GetOrder returns one order of the signed-in user, and what an extension of it would give.
//
// Errors: apierror.ErrInvalidID, ErrNotFound, ErrNotYoursToView.
func (o *Orders) GetOrder(ctx context.Context, req function.ByID) (Order, error) {
	order, err := postgres.One(ctx, o.db, scan, `SELECT `+columns+` FROM orders WHERE id = $1`, req.ID)
	if err == nil && order.UserID != session.User(ctx) {
		return Order{}, ErrNotYoursToView
	}
	if order.Status == event.OrderIsCreated && order.HeldUntil == nil && order.Extensions < o.maxExtensions {
		order.ExtendsBy = int32(o.hold.Seconds()) // at most a week's
	}
	return order, postgres.NoRows(err, ErrNotFound)
}
