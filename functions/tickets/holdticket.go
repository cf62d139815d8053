package tickets

import (
	"context"

	"github.com/gittix/ticketing/shared/event"
)

// HoldTicket notes an order's newest state: its ticket is held while any order of it is not cancelled.
//
// A cancellation that comes before its order, or an older order's that comes late, is noted all the same,
// and so frees nothing that another order holds.
func (t *Tickets) HoldTicket(ctx context.Context, order event.Order) error {
	return t.store.hold(ctx, order)
}
