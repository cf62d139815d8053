package notifications

import (
	"context"
	"errors"

	"github.com/gittix/ticketing/shared/function"
)

// restore lets copies be replaced. What they had seen happen stays, so no mail is sent about it again; what happened since the backup is told of
// again if it is news.
func (n *Notifications) restore() *function.Restore {
	copies := []string{"accounts", "orders", "tickets"}
	each := func(do func(context.Context, string) error) func(context.Context) error {
		return func(ctx context.Context) (err error) {
			for _, table := range copies {
				err = errors.Join(err, do(ctx, table))
			}
			return err
		}
	}
	return &function.Restore{Begin: each(n.db.BeginRestore), Arrived: each(n.db.Arrived)}
}
