package client

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/event"
)

// againField names the box that says that a refunded ticket is to be offered again, and orderField what says which order is refunded.
const (
	againField = "again"
	orderField = "order"
)

// RefundTicketPage asks whether the buyer of a ticket of the visitor's is to get the money back.
func (s *Site) RefundTicketPage(ctx context.Context, v visit) (answer, error) {
	ticket, err := ownTicket(ctx, v)
	switch {
	case err != nil:
		return answer{}, err
	case ticket.Status != event.TicketIsSold:
		return goTo(ticketPath(v.id)), nil
	}
	if begun(ticket, s.now()) {
		return tooLateToRefund(v.id), nil
	}
	return show("refund", "Refund "+ticket.Title, ticket), nil
}

// RefundTicket sends the money of a sold ticket back, and shows the ticket. It is withdrawn with that, unless it is to be offered again.
func (s *Site) RefundTicket(ctx context.Context, v visit) (answer, error) {
	ticket, err := ownTicket(ctx, v)
	switch {
	case err != nil:
		return answer{}, err
	case ticket.OrderID == nil: // the form was sent twice
		return goTo(ticketPath(v.id)), nil
	case v.PostFormValue(orderField) != strconv.Itoa(int(*ticket.OrderID)):
		return say(http.StatusConflict, message{
			"This is another sale by now", "The one that you looked at has ended, and another buyer has ordered the ticket since. Nothing was refunded just now.", ticketPath(v.id), "Look at the ticket",
		}), nil
	}
	switch err := v.api.RefundOrder(ctx, *ticket.OrderID, v.PostFormValue(againField) == ""); {
	case errors.Is(err, api.ErrBegun):
		return tooLateToRefund(v.id), nil
	case errors.Is(err, api.ErrNotRefundable):
		return say(http.StatusConflict, message{
			"This sale cannot be refunded", "Money of it has gone back already or is on its way, or the buyer's bank asks for it.", ticketPath(v.id), "Look at the ticket",
		}), nil
	default:
		return goTo(ticketPath(v.id)), err
	}
}

func tooLateToRefund(id int32) answer {
	return say(http.StatusConflict, message{"It is too late to refund this ticket", "The event has begun.", ticketPath(id), "Look at the ticket"})
}
