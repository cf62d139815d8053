package client

import (
	"context"
	"errors"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
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
	switch err := v.api.WithdrawTicket(ctx, v.id); {
	case errors.Is(err, api.ErrTicketReserved):
		return cannotChange(v.id), nil
	case errors.Is(err, apierror.ErrNotAuthorized): // tickets says so of a bad session and of another user's ticket
		return notYourTicket(v.id), verified(ctx, v)
	default:
		return goTo(ticketPath(v.id)), err
	}
}
