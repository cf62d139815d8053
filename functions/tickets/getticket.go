package tickets

import (
	"context"

	"github.com/gittix/ticketing/shared/function"
)

// GetTicket returns one ticket.
//
// Errors: apierror.ErrInvalidID, ErrNotFound.
func (t *Tickets) GetTicket(ctx context.Context, req function.ByID) (Ticket, error) {
	return t.store.get(ctx, req.ID)
}
