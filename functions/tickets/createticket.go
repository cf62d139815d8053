package tickets

import (
	"context"

	"github.com/gittix/ticketing/shared/session"
)

// CreateTicket offers a ticket of the signed-in user.
//
// Errors: ErrInvalidTitle, ErrInvalidPrice.
func (t *Tickets) CreateTicket(ctx context.Context, offer Offer) (Reply, error) {
	ticket, seq, err := t.store.insert(ctx, session.User(ctx), offer)
	return Reply{Message: "Ticket created.", Ticket: ticket, Seq: seq}, err
}
