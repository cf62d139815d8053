package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
)

// shownField says which offer the form showed when it was opened.
const shownField = "shown"

// editView is the form to change a ticket.
type editView struct {
	form
	ID    int32
	Shown string
}

// EditTicketPage shows the form with what the ticket says now.
func (s *Site) EditTicketPage(ctx context.Context, v visit) (answer, error) {
	return changing(ctx, v, func(t event.Ticket) (answer, error) {
		stored := typedOf(t)
		return showEdit(v.id, typedOffer(v, stored), stored.sum()), nil
	})
}

// EditTicket changes a ticket of the visitor's and shows it. What was changed on another page since the form was opened is shown, not replaced.
func (s *Site) EditTicket(ctx context.Context, v visit) (answer, error) {
	t := typedIn(v.PostForm)
	shown := v.PostFormValue(shownField) // a page of before has none
	ticket, err := v.api.Ticket(ctx, v.id)
	stored := typedOf(ticket)
	changeable := err == nil && v.owns(ticket) && ticket.OrderID == nil && !ticket.Withdrawn
	if changeable && shown != "" && shown != stored.sum() {
		if f := t.form(); f.compare(stored) {
			return showEdit(v.id, f, stored.sum()).with(http.StatusConflict), nil
		}
	}
	if err == nil {
		_, err = v.api.ChangeTicket(ctx, v.id, t.offer(ticket.StartsAt))
	}
	f := t.form()
	f.mark(err)
	if !f.ok() {
		return showEdit(v.id, f, shown).with(http.StatusBadRequest), nil
	}
	if a, is := v.kept(f, func(f form) answer { return showEdit(v.id, f, shown) }, err); is {
		return a, nil
	}
	if err != nil {
		return refuseChange(ctx, v, err)
	}
	return goTo(ticketPath(v.id)), nil
}

// errNotYourTicket refuses what only the seller of a ticket may do.
var errNotYourTicket = apierror.New(http.StatusForbidden, "The ticket is another user's.")

// ownTicket returns the ticket of the path. Errors: errNotYourTicket, and those of api.Session.Ticket.
func ownTicket(ctx context.Context, v visit) (event.Ticket, error) {
	ticket, err := v.api.Ticket(ctx, v.id)
	if err == nil && ticket.UserID != v.claims.UserID() {
		err = errNotYourTicket
	}
	return ticket, err
}

// changing answers with the page to change the ticket of the path by, if it is the visitor's and can be changed.
func changing(ctx context.Context, v visit, page func(event.Ticket) (answer, error)) (answer, error) {
	ticket, err := ownTicket(ctx, v)
	switch {
	case err != nil:
		return answer{}, err
	case ticket.OrderID != nil:
		return cannotChange(v.id), nil
	case ticket.Withdrawn:
		return isWithdrawn(v.id), nil
	}
	return page(ticket)
}

// refuseChange says why tickets has refused a change of the ticket of the path. Any other error is returned.
func refuseChange(ctx context.Context, v visit, err error) (answer, error) {
	switch {
	case errors.Is(err, api.ErrTicketReserved):
		return cannotChange(v.id), nil
	case errors.Is(err, api.ErrTicketWithdrawn):
		return isWithdrawn(v.id), nil
	case errors.Is(err, apierror.ErrNotAuthorized): // tickets says so of a bad session and of another user's ticket
		return notYourTicket(v.id), verified(ctx, v)
	}
	return answer{}, err
}

func notYourTicket(id int32) answer {
	return say(http.StatusForbidden, message{
		"This is somebody else's ticket", "Only the person who offers a ticket can change it.", ticketPath(id), "Look at the ticket",
	})
}

// compare says beside each field what is stored, where that is something else, and reports whether there is any.
func (f *form) compare(stored typed) (differs bool) {
	for i := range f.Fields {
		field := &f.Fields[i]
		if now := stored[field.Name]; now != strings.ReplaceAll(field.Value, "\r\n", "\n") {
			field.Problem, differs = "Stored now: "+cmp.Or(now, "nothing"), true
		}
	}
	f.Problem, f.Focus = "The ticket was changed since this page was opened. Nothing was saved: compare, and save again what is right.", true
	return differs
}

func showEdit(id int32, f form, shown string) answer {
	return show("editticket", "Change your ticket", editView{f, id, shown})
}

func cannotChange(id int32) answer {
	return say(http.StatusForbidden, message{
		"Somebody has ordered this ticket", "It cannot be changed while it is reserved, and never again once it is sold.", ticketPath(id), "Look at the ticket",
	})
}

func isWithdrawn(id int32) answer {
	return say(http.StatusConflict, message{
		"This ticket is withdrawn", "It is no longer offered, and cannot be changed any more.", ticketPath(id), "Look at the ticket",
	})
}

func ticketPath(id int32) string { return fmt.Sprintf("/tickets/%d", id) }
