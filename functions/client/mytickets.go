package client

import (
	"context"
	"net/url"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
)

// listing is a page of a list.
type listing[T any] struct {
	paging
	Items []T
}

// MyTickets lists what the visitor sells, and says what was sold.
func (s *Site) MyTickets(ctx context.Context, v visit) (answer, error) {
	sales, err := v.api.Sales(ctx)
	if err != nil && !apierror.From(err).Temporary() { // without orders, the tickets are there nevertheless
		return answer{}, err
	}
	p := readPaging(v.URL.Query())
	found, err := v.api.Tickets(ctx, api.Search{Seller: v.claims.UserID(), Page: p.request()})
	return show("mytickets", "Selling", selling{
		listing[event.Ticket]{p.with("/tickets/mine", url.Values{}, found.Next), found.Items}, sales, chart(sales.Weeks, s.now()),
	}), err
}
