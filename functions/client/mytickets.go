package client

import (
	"context"
	"net/url"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/event"
)

// listing is a page of a list.
type listing[T any] struct {
	paging
	Items []T
}

// MyTickets lists what the visitor sells.
func (s *Site) MyTickets(ctx context.Context, v visit) (answer, error) {
	p := readPaging(v.URL.Query())
	search := api.Search{Seller: v.claims.UserID(), Page: p.request()}
	found, err := v.api.Tickets(ctx, search)
	if err != nil {
		return answer{}, err
	}
	return show("mytickets", "Selling", listing[event.Ticket]{p.with("/tickets/mine", url.Values{}, found.Next), found.Items}), nil
}
