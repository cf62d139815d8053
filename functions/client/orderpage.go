package client

import (
	"context"
	"fmt"
	"net/http"

	"github.com/gittix/ticketing/shared/event"
)

// OrderPage shows an order: how long it holds its ticket, and what the buyer may do; later, its receipt.
func (s *Site) OrderPage(ctx context.Context, v visit) (answer, error) {
	order, err := order(ctx, v)
	if err != nil {
		return answer{}, err
	}
	return showOrder(s.viewOrder(order, v.URL.Query().Get("note")), v), nil
}

// order is the visitor's order that the path names.
func order(ctx context.Context, v visit) (event.Order, error) {
	return v.api.Order(ctx, v.id)
}

func showOrder(o orderView, v visit) answer {
	o.Email = v.claims.Subject // orders has verified it
	a := show("order", fmt.Sprintf("Order %d", o.ID), o)
	a.soon = o.Phase == orderConfirming
	return a
}

// orderProblem shows the order as it is now, with what that does not allow.
func (s *Site) orderProblem(ctx context.Context, v visit, problem, note string) (answer, error) {
	order, err := order(ctx, v)
	if err != nil {
		return answer{}, err
	}
	view := s.viewOrder(order, note)
	view.Problem = problem
	return showOrder(view, v).with(http.StatusConflict), nil
}
