package client

import (
	"context"
	"net/url"
)

// MyOrders lists the visitor's orders, newest first.
func (s *Site) MyOrders(ctx context.Context, v visit) (answer, error) {
	p := readPaging(v.URL.Query())
	found, err := v.api.Orders(ctx, p.request())
	if err != nil {
		return answer{}, err
	}
	l := listing[orderView]{paging: p.with("/orders", url.Values{}, found.Next)}
	for _, o := range found.Items {
		l.Items = append(l.Items, orderView{Order: o, Phase: phase(o, chargeNotAsked, s.now())})
	}
	return show("myorders", "Purchases", l), nil
}
