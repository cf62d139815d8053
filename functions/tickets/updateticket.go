package tickets

import (
	"context"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
)

// UpdateTicketRequest is a new offer for a ticket.
type UpdateTicketRequest struct {
	function.ByID
	Offer
}

// UpdateTicket changes a ticket of the signed-in user while no order holds it.
//
// Errors: ErrInvalidTitle, ErrInvalidPrice, apierror.ErrInvalidID, ErrNotFound, apierror.ErrNotAuthorized, ErrReserved, ErrWithdrawn,
// ErrTooManyChanges.
func (t *Tickets) UpdateTicket(ctx context.Context, req UpdateTicketRequest) (Reply, error) {
	var ticket Ticket
	seq, err := t.db.ChangeInTurn(ctx, session.User(ctx), func(tx postgres.Tx) (none event.Draft, err error) {
		if ticket, err = lockTicket(ctx, tx, req.ID); err != nil {
			return none, err
		}
		if err := ticket.Change(session.User(ctx), req.Offer, t.now()); err != nil {
			return none, err
		}
		if err := t.limits.change(ctx, tx, ticket.UserID); err != nil {
			return none, err
		}
		return saveTicket(ctx, tx, &ticket, t.now())
	})
	return Reply{Message: "Ticket updated.", Ticket: ticket, Seq: seq}, err
}
