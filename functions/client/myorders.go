package client

import (
	"context"
	"net/url"
)

// MyOrders lists the visitor's orders, newest first.
func (s *Site) MyOrders(ctx context.Context, v visit) (answer, error) {
	current := after(v.URL.Query())
	found, err := v.api.Orders(ctx, page(current))
	if err != nil {
		return answer{}, err
	}
	l := listing[orderView]{}
	for _, o := range found.Items {
		l.Items = append(l.Items, orderView{Order: o, Phase: phase(o, chargeNotAsked, s.now())})
	}
	l.First, l.Next = pages("/orders", url.Values{}, current, found.Next)
	return show("myorders", "Your orders", l), nil
}
