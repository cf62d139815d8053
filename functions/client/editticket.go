package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/event"
)

// editView is the form to change a ticket.
type editView struct {
	form
	ID int32
}

// EditTicketPage shows the form with what the ticket says now.
func (s *Site) EditTicketPage(ctx context.Context, v visit) (answer, error) {
	ticket, a, err := ownTicket(ctx, v)
	if err != nil || a.view != "" {
		return a, err
	}
	if ticket.OrderID != nil {
		return cannotChange(ticket.ID), nil
	}
	return showEdit(ticket.ID, offerForm(ticket.Title, ticket.Price.String())), nil
}

// EditTicket changes a ticket of the visitor's and shows it.
func (s *Site) EditTicket(ctx context.Context, v visit) (answer, error) {
	ticket, a, err := ownTicket(ctx, v)
	if err != nil || a.view != "" {
		return a, err
	}
	title, price := v.PostFormValue("title"), v.PostFormValue("price")
	_, err = v.api.ChangeTicket(ctx, ticket.ID, api.Offer{Title: title, Price: plainPrice(price)})
	f := offerForm(title, price)
	if refused(&f, err) {
		return showEdit(ticket.ID, f).with(http.StatusBadRequest), nil
	}
	if errors.Is(err, api.ErrTicketReserved) {
		return cannotChange(ticket.ID), nil
	}
	return goTo(ticketPath(ticket.ID)), err
}

// ownTicket returns the ticket that the path names, or an answer for those who do not own it.
func ownTicket(ctx context.Context, v visit) (event.Ticket, answer, error) {
	id, err := v.id()
	if err != nil {
		return event.Ticket{}, answer{}, err
	}
	t, err := v.api.Ticket(ctx, id)
	if err == nil && t.UserID != v.user.UserID() {
		return t, say(http.StatusForbidden, message{
			"This is somebody else's ticket", "Only the person who offers a ticket can change it.", ticketPath(id), "Look at the ticket",
		}), nil
	}
	return t, answer{}, err
}

func showEdit(id int32, f form) answer {
	return show("editticket", "Change your ticket", editView{f, id})
}

func cannotChange(id int32) answer {
	return say(http.StatusForbidden, message{
		"Somebody has ordered this ticket", "It cannot be changed while it is reserved, and never again once it is sold.", ticketPath(id), "Look at the ticket",
	})
}

func ticketPath(id int32) string { return fmt.Sprintf("/tickets/%d", id) }
