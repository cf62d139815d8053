package tickets

import (
	"context"

	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
)

// GetTicket returns one ticket.
//
// Errors: apierror.ErrInvalidID, ErrNotFound.
func (t *Tickets) GetTicket(ctx context.Context, req function.ByID) (Ticket, error) {
	ticket, err := postgres.One(ctx, t.db, scan, `SELECT `+columns+` FROM tickets WHERE id = $1`, req.ID)
	return ticket, postgres.NoRows(err, ErrNotFound)
}
