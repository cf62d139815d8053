package client

import (
	"context"
	"net/url"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/event"
)

// listing is a page of a list, with the addresses of the first and the next page, or "".
type listing[T any] struct {
	Items       []T
	First, Next string
}

// MyTickets lists what the visitor sells.
func (s *Site) MyTickets(ctx context.Context, v visit) (answer, error) {
	search := api.Search{Seller: v.claims.UserID(), Page: page(after(v.URL.Query()))}
	found, err := v.api.Tickets(ctx, search)
	if err != nil {
		return answer{}, err
	}
	l := listing[event.Ticket]{Items: found.Items}
	l.First, l.Next = pages("/tickets/mine", url.Values{}, search.After, found.Next)
	return show("mytickets", "Your tickets for sale", l), nil
}
