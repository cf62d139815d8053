package client

import (
	"context"
	"errors"
	"net/http"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
)

// PlaceOrder reserves a ticket for the visitor and shows the order.
func (s *Site) PlaceOrder(ctx context.Context, v visit) (answer, error) {
	order, err := v.api.PlaceOrder(ctx, v.id)
	switch {
	case errors.Is(err, api.ErrTicketTaken):
		if own, err := ownOrder(ctx, v); err != nil || own != 0 {
			return goTo(orderPath(own)), err
		}
		if t, err := v.api.Ticket(ctx, v.id); err == nil && t.Status == event.TicketIsSold {
			return say(http.StatusConflict, message{"Somebody was faster", "This ticket is sold.", "/?available=true", "Tickets that are available"}), nil
		}
		return say(http.StatusConflict, message{
			"Somebody was faster", "This ticket was reserved while you looked at it. If it is not paid for in time, it will be available again.",
			"/?available=true", "Tickets that are available",
		}), nil
	case errors.Is(err, api.ErrTicketGone):
		return say(http.StatusConflict, message{"This ticket is no longer offered", "Its seller has withdrawn it.", "/?available=true", "Tickets that are available"}), nil
	case errors.Is(err, api.ErrBegun):
		return say(http.StatusConflict, message{"It is too late to order this ticket", "The event has begun.", "/", "All tickets"}), nil
	case errors.Is(err, api.ErrTicketUnknown):
		return answer{}, notForSale(ctx, v, err)
	case errors.Is(err, api.ErrOwnTicket):
		return say(http.StatusForbidden, message{"This is your own ticket", "You cannot order what you sell yourself.", ticketPath(v.id), "Look at the ticket"}), nil
	case errors.Is(err, api.ErrTooManyOpen):
		return say(http.StatusTooManyRequests, message{
			"You have too many open orders", "Pay for one of them, or cancel one, before you order more.", "/orders", "Your purchases",
		}), nil
	case errors.Is(err, api.ErrTooManyHolds):
		wait := apierror.From(err).RetryAfter
		a := say(http.StatusTooManyRequests, message{
			"You have reserved this ticket too often", "You reserved it again and again without paying. Others may have it first; try again " + in(wait) + ".",
			"/?available=true", "Tickets that are available",
		})
		a.retryAfter = wait
		return a, nil
	case err != nil:
		return answer{}, err
	}
	if seen := v.PostFormValue("price"); seen != "" && seen != order.Ticket.Price.String() {
		return goTo(orderPath(order.ID) + "?note=" + noteNewPrice), nil
	}
	return goTo(orderPath(order.ID)), nil
}

// ownOrder returns the visitor's order that holds the ticket, or 0: the visitor may have sent the form twice.
func ownOrder(ctx context.Context, v visit) (int32, error) {
	newest, err := v.api.Orders(ctx, api.Page{Limit: perPage})
	for _, o := range newest.Items {
		if o.TicketID == v.id && o.Status != event.OrderIsCancelled {
			return o.ID, nil
		}
	}
	return 0, err
}

// notForSale distinguishes a ticket that does not exist from one that orders has no copy of yet.
func notForSale(ctx context.Context, v visit, unknown error) error {
	if _, err := v.api.Ticket(ctx, v.id); err != nil {
		return err
	}
	return apierror.Unavailable(unknown)
}
