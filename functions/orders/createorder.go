package orders

import (
	"context"

	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/session"
)

// CreateOrderRequest names the ticket.
type CreateOrderRequest struct {
	TicketID function.LooseID `json:"ticketId"`
}

// Validate checks the id. Errors: ErrInvalidTicketID.
func (r *CreateOrderRequest) Validate() error {
	if r.TicketID == 0 {
		return ErrInvalidTicketID
	}
	return nil
}

// CreateOrder reserves a ticket for the signed-in user until the hold runs out.
//
// Errors: ErrInvalidTicketID, ErrTicketNotFound, ErrOwnTicket, ErrReserved, ErrTooManyOpen.
func (o *Orders) CreateOrder(ctx context.Context, req CreateOrderRequest) (Reply, error) {
	buyer := session.User(ctx)
	var order Order
	var seq int64
	err := function.Await(ctx, ErrTicketNotFound, func() (err error) { // a ticket that was offered just now
		order, seq, err = o.store.insert(ctx, buyer, o.maxOpen, int32(req.TicketID), func(t Ticket) (Order, error) {
			return t.Reserve(buyer, o.now().Add(o.hold))
		})
		return err
	})
	o.measures.count(created, seq)
	return Reply{Message: "Order created.", Order: order, Seq: seq}, err
}
