package client

import (
	"context"
	"fmt"
	"net/http"
)

// OrderPage shows an order: how long it holds its ticket, and what the buyer may do; later, its receipt.
func (s *Site) OrderPage(ctx context.Context, v visit) (answer, error) {
	view, err := s.order(ctx, v)
	view.Note = v.URL.Query().Get("note")
	if err == nil && view.HasPass() {
		view.About, view.Bought = besidePaid(ctx, v, view.TicketID)
	}
	return showOrder(view), err
}

// order is the visitor's order that the path names. Errors: also other people's orders.
func (s *Site) order(ctx context.Context, v visit) (orderView, error) {
	order, err := v.api.Order(ctx, v.id)
	if err != nil {
		return orderView{}, err
	}
	view, err := s.viewOrder(ctx, v, order)
	view.Email = v.claims.Subject // orders has verified it
	return view, err
}

func showOrder(o orderView) answer {
	a := show("order", fmt.Sprintf("Order %d", o.ID), o)
	a.soon = o.Soon() && o.Phase != orderOpen // whoever decides whether to pay again is left in peace
	return a
}

// orderProblem shows the order as it is now, with what that does not allow.
func (s *Site) orderProblem(ctx context.Context, v visit, problem, note string) (answer, error) {
	view, err := s.order(ctx, v)
	view.Problem, view.Note = problem, note
	return showOrder(view).with(http.StatusConflict), err
}
