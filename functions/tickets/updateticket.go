package tickets

import (
	"context"

	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/session"
)

// UpdateTicketRequest is a new offer for a ticket.
type UpdateTicketRequest struct {
	function.ByID
	Offer
}

// UpdateTicket changes a ticket of the signed-in user while nobody holds it.
//
// Errors: ErrInvalidTitle, ErrInvalidPrice, apierror.ErrInvalidID, ErrNotFound, apierror.ErrNotAuthorized, ErrReserved.
func (t *Tickets) UpdateTicket(ctx context.Context, req UpdateTicketRequest) (Reply, error) {
	ticket, seq, err := t.store.update(ctx, req.ID, func(ticket *Ticket) error {
		return ticket.Change(session.User(ctx), req.Offer)
	})
	return Reply{Message: "Ticket updated.", Ticket: ticket, Seq: seq}, err
}
