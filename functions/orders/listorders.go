package orders

import (
	"context"

	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/session"
)

// ListOrders returns the signed-in user's orders, newest first.
//
// Errors: apierror.ErrInvalidQuery.
func (o *Orders) ListOrders(ctx context.Context, req function.Paging) (function.Page[Order], error) {
	found, err := o.store.list(ctx, session.User(ctx), req)
	return function.PageOf(req, found, func(o Order) int32 { return o.ID }), err
}
