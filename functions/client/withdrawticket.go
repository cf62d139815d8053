package client

import (
	"context"

	"github.com/gittix/ticketing/shared/event"
)

// WithdrawTicketPage asks whether a ticket of the visitor's is to be withdrawn.
func (s *Site) WithdrawTicketPage(ctx context.Context, v visit) (answer, error) {
	ticket, err := ownTicket(ctx, v)
	switch {
	case err != nil:
		return answer{}, err
	case ticket.Status != event.TicketIsAvailable:
		return goTo(ticketPath(v.id)), nil
	}
	return show("withdraw", "Withdraw "+ticket.Title, ticket), nil
}

// WithdrawTicket takes a ticket of the visitor's off sale and shows it.
func (s *Site) WithdrawTicket(ctx context.Context, v visit) (answer, error) {
	if err := v.api.WithdrawTicket(ctx, v.id); err != nil {
		return refuseChange(ctx, v, err)
	}
	return goTo(ticketPath(v.id)), nil
}
