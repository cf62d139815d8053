package orders

import (
	"context"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
)

// CreateOrderRequest names the ticket.
type CreateOrderRequest struct {
	TicketID function.LooseID `json:"ticketId" example:"1"`
}

// Validate checks the id. Errors: ErrInvalidTicketID.
func (r *CreateOrderRequest) Validate() error {
	if r.TicketID == 0 {
		return ErrInvalidTicketID
	}
	return nil
}

// CopyID is the ticket's.
func (r CreateOrderRequest) CopyID() int32 { return int32(r.TicketID) }

// CreateOrder reserves a ticket for the signed-in user until the hold runs out.
//
// Errors: ErrInvalidTicketID, ErrTicketNotFound, ErrOwnTicket, ErrReserved, ErrWithdrawn, ErrBegun, ErrTooManyOpen, ErrTooManyOrders, ErrTooManyHolds.
func (o *Orders) CreateOrder(ctx context.Context, req CreateOrderRequest) (Reply, error) {
	buyer := session.User(ctx)
	ticket, err := findTicket(ctx, o.db, int32(req.TicketID))
	if err != nil {
		return Reply{}, err
	}
	if _, err := ticket.Reserve(buyer, o.now(), o.now()); err != nil { // most come too late, and need no transaction
		return Reply{}, err
	}
	var order Order
	seq, err := o.db.ChangeInTurn(ctx, buyer, func(tx postgres.Tx) (none event.Draft, err error) {
		ticket, err := lockFree(ctx, tx, ticket.ID)
		if err != nil {
			return none, err
		}
		if order, err = ticket.Reserve(buyer, o.now(), o.now().Add(o.hold)); err != nil {
			return none, err
		}
		if err := o.limits.allow(ctx, tx, order, o.now()); err != nil {
			return none, err
		}
		if order, err = insertOrder(ctx, tx, order, ticket.UserID); err != nil {
			return none, err
		}
		return event.Of(ctx, event.OrderCreated, order.Order)
	})
	o.metrics.count(created, seq)
	return Reply{Message: "Order created.", Order: order, Seq: seq}, err
}
