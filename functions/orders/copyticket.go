package orders

import (
	"context"

	"github.com/gittix/ticketing/shared/event"
)

// CopyTicket keeps the newest version of a ticket that has been seen.
func (o *Orders) CopyTicket(ctx context.Context, ticket event.Ticket) error {
	return o.store.copyTicket(ctx, ticket)
}
