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
	// Words that leave no choice but the index of users, and a limit that is known when the plan is made: it stays right for all values.
	found, err := postgres.All(ctx, o.db, scan, `SELECT `+columns+` FROM (
		SELECT * FROM orders WHERE user_id >= $1 AND (user_id, id) < ($1, $2::bigint) ORDER BY user_id DESC, id DESC LIMIT 1001) page LIMIT $3`, session.User(ctx), p.Below(), p.Limit+1)
	return function.PageOf(p, found, func(o Order) int32 { return o.ID }), err
}
