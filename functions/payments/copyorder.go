package payments

import (
	"context"

	"github.com/gittix/ticketing/shared/event"
)

// CopyOrder keeps the newest version of an order that has been seen.
func (p *Payments) CopyOrder(ctx context.Context, order event.Order) error {
	return p.store.copyOrder(ctx, order)
}
