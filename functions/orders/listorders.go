package orders

import (
	"context"

	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
)

// ListOrders returns the signed-in user's orders, newest first.
//
// Errors: apierror.ErrInvalidQuery.
func (o *Orders) ListOrders(ctx context.Context, p function.Paging) (function.Page[Order], error) {
	found, err := postgres.All(ctx, o.db, scan, `SELECT `+columns+` FROM orders
		WHERE user_id = $1 AND id < $2::bigint ORDER BY id DESC LIMIT $3`, session.User(ctx), p.Below(), p.Limit+1)
	return function.PageOf(p, found, func(o Order) int32 { return o.ID }), err
}
