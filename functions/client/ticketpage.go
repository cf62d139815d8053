package client

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/session"
)

// ticketView is a ticket as one visitor sees it.
type ticketView struct {
	event.Ticket
	Phase    string
	MayWait  bool         // for it to be available again
	Waiting  *api.Waiting // of a visitor who is signed in; nil: it is not known
	Refunded *api.Sale    // the last one, where the visitor sold it and sent the money back; nil also where that is not known
}

// What a ticket is to a visitor.
const (
	ticketFree     = "free"
	ticketReserved = "reserved" // by another user
	ticketSold     = "sold"     // to another user
	ticketGone     = "withdrawn"
	ticketOver     = "over"     // nobody has ordered it, and its event has begun
	ticketOrdered  = "ordered"  // by the visitor
	ticketBought   = "bought"   // by the visitor
	ticketOwn      = "own"      // offered by the visitor, and free
	ticketOwnOver  = "ownover"  // offered by the visitor, who may put it off
	ticketOwnGone  = "owngone"  // withdrawn by the visitor
	ticketOwnTaken = "owntaken" // offered by the visitor, and reserved
	ticketOwnSold  = "ownsold"  // offered by the visitor, and sold
)

// Version changes whenever the page should.
func (t ticketView) Version() string {
	version := fmt.Sprintf("%s-%d", t.Phase, t.Ticket.Version)
	if t.Waiting != nil && t.Waiting.Waiting {
		version += "-waiting"
	}
	if t.Refunded != nil {
		version += fmt.Sprint("-refunded-", int64(t.Refunded.Refunded))
	}
	return version
}

// AppendVersion appends the ticket's, and what it is to the visitor.
func (t ticketView) AppendVersion(b []byte) []byte {
	return t.Ticket.AppendVersion(strconv.AppendBool(append(b, t.Phase...), t.MayWait))
}

// TicketPage shows a ticket and what the visitor may do with it.
func (s *Site) TicketPage(ctx context.Context, v visit) (answer, error) {
	ticket, err := v.api.Ticket(ctx, v.id)
	if err != nil {
		return answer{}, err
	}
	view, err := viewTicket(ctx, v, ticket, s.now())
	over := errors.Is(err, apierror.ErrNotAuthorized)
	if over { // a bad session is none
		v.claims = session.Claims{}
		view, err = viewTicket(ctx, v, ticket, s.now())
	}
	view.MayWait = !begun(ticket, s.now()) && !ticket.Withdrawn && (view.Phase == ticketReserved || view.Phase == ticketSold)
	if view.MayWait && v.hasSession() {
		view.Waiting = beside(ctx, func(ctx context.Context) (api.Waiting, error) { return v.api.Waiting(ctx, v.id) })
	}
	if v.owns(ticket) && ticket.OrderID == nil {
		view.Refunded = lastRefund(ctx, v)
	}
	a := show("ticket", ticket.Title, view)
	a.sessionOver = over
	return a, err
}

// begun reports whether what a ticket is for has begun.
func begun(t event.Ticket, now time.Time) bool {
	return t.StartsAt != nil && !now.Before(t.StartsAt.Time)
}

func viewTicket(ctx context.Context, v visit, t event.Ticket, now time.Time) (ticketView, error) {
	view := ticketView{Ticket: t, Phase: ticketFree}
	own := v.owns(t)
	over := t.OrderID == nil && begun(t, now)
	switch {
	case own && t.OrderID == nil && t.Withdrawn:
		view.Phase = ticketOwnGone
	case t.OrderID == nil && t.Withdrawn:
		view.Phase = ticketGone
	case own && over:
		view.Phase = ticketOwnOver
	case over:
		view.Phase = ticketOver
	case own && t.OrderID == nil:
		view.Phase = ticketOwn
	case own && t.Status == event.TicketIsSold:
		view.Phase = ticketOwnSold
	case own:
		view.Phase = ticketOwnTaken
	case t.OrderID != nil:
		phase, err := whoseOrder(ctx, v, *t.OrderID)
		if view.Phase = phase; phase == ticketReserved && t.Status == event.TicketIsSold {
			view.Phase = ticketSold
		}
		return view, err
	}
	return view, nil
}

// owns reports whether the visitor sells, or sold, a ticket.
func (v visit) owns(t event.Ticket) bool {
	return v.hasSession() && v.unsure == nil && v.claims.UserID() == t.UserID
}

// lastRefund returns the newest sale of the visitor's ticket, if its money was sent back.
func lastRefund(ctx context.Context, v visit) *api.Sale {
	sales := beside(ctx, func(ctx context.Context) (api.List[api.Sale], error) {
		return v.api.ListSales(ctx, v.id, api.Page{Limit: 1})
	})
	if sales == nil || len(sales.Items) == 0 || sales.Items[0].Status != event.OrderIsCancelled {
		return nil
	}
	return &sales.Items[0]
}

// Spoken is what a screen reader says when the ticket comes to this phase while its page is open.
func (t ticketView) Spoken() string {
	switch t.Phase {
	case ticketFree, ticketOwn:
		return "The ticket is available."
	case ticketGone, ticketOwnGone:
		return "The ticket is no longer offered."
	case ticketOver, ticketOwnOver:
		return "The event has begun."
	case ticketSold, ticketOwnSold:
		return "The ticket is sold."
	}
	return "The ticket is reserved."
}

// whoseOrder distinguishes the visitor's own order from other people's. It asks for the visitor's newest order up to that one:
// to ask for another's is an access refused, which those who watch for attacks see.
func whoseOrder(ctx context.Context, v visit, id int32) (string, error) {
	if !v.hasSession() {
		return ticketReserved, nil
	}
	own, err := v.api.Orders(ctx, api.Page{Limit: 1, After: id + 1})
	switch {
	case err != nil:
		return "", err
	case len(own.Items) == 0 || own.Items[0].ID != id:
		return ticketReserved, nil
	case own.Items[0].Status == event.OrderIsComplete:
		return ticketBought, nil
	}
	return ticketOrdered, nil
}
