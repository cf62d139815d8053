package tickets

import (
	"context"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
)

// WithdrawTicket takes a ticket of the signed-in user off sale for good, while no order of it is open. To withdraw it again changes nothing.
//
// Errors: apierror.ErrInvalidID, ErrNotFound, apierror.ErrNotAuthorized, ErrReserved, ErrTooManyChanges.
func (t *Tickets) WithdrawTicket(ctx context.Context, req function.ByID) (Reply, error) {
	var ticket Ticket
	seq, err := t.db.ChangeInTurn(ctx, session.User(ctx), func(tx postgres.Tx) (none event.Draft, err error) {
		if ticket, err = lockTicket(ctx, tx, req.ID); err != nil {
			return none, err
		}
		before := ticket
		if err := ticket.Withdraw(session.User(ctx)); err != nil || ticket == before {
			return none, err
		}
		if err := t.limits.change(ctx, tx, ticket.UserID); err != nil {
			return none, err
		}
		return saveTicket(ctx, tx, &ticket, t.now())
	})
	return Reply{Message: "Ticket withdrawn.", Ticket: ticket, Seq: seq}, err
}
