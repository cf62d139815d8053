package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
)

// What tickets may answer.
var (
	ErrInvalidTitle   = apierror.New(http.StatusBadRequest, "Invalid title.")
	ErrInvalidPrice   = apierror.New(http.StatusBadRequest, "Invalid price.")
	ErrNoSuchTicket   = apierror.New(http.StatusNotFound, "Ticket not found.")
	ErrTicketReserved = apierror.New(http.StatusForbidden, "Ticket is reserved.")
)

// PageSize is how many things a page of the site lists.
const PageSize = 20

// Search says which tickets are wanted.
type Search struct {
	Words     string
	Available bool  // only those that nobody holds
	Seller    int32 // 0: anybody
	After     int32 // the last id of the page before; 0: the first page
}

// List is a page of a list, newest first. Next is the id after which the next one begins, or 0 if there is none.
type List[T any] struct {
	Items []T
	Next  int32
}

// Tickets searches.
//
// Errors: apierror.ErrInvalidQuery.
func (c Caller) Tickets(ctx context.Context, s Search) (List[event.Ticket], error) {
	query := url.Values{}
	if s.Words != "" {
		query.Set("q", s.Words)
	}
	if s.Available {
		query.Set("available", "true")
	}
	if s.Seller != 0 {
		query.Set("userId", strconv.Itoa(int(s.Seller)))
	}
	return list[event.Ticket](ctx, c, c.origins.Tickets+"/api/tickets", query, s.After)
}

// Ticket returns one ticket.
//
// Errors: ErrNoSuchTicket.
func (c Caller) Ticket(ctx context.Context, id int32) (t event.Ticket, err error) {
	_, err = c.do(ctx, call{method: http.MethodGet, url: c.ticketURL(id), out: &t})
	return t, err
}

// Offer is what a seller says of a ticket.
type Offer struct {
	Title string `json:"title"`
	Price string `json:"price"`
}

// OfferTicket offers a new ticket.
//
// Errors: apierror.ErrNotAuthorized, ErrInvalidTitle, ErrInvalidPrice.
func (c Caller) OfferTicket(ctx context.Context, o Offer) (event.Ticket, error) {
	var reply struct{ Ticket event.Ticket }
	_, err := c.do(ctx, call{method: http.MethodPost, url: c.origins.Tickets + "/api/tickets", in: o, out: &reply})
	return reply.Ticket, err
}

// ChangeTicket changes a ticket of the visitor's.
//
// Errors: apierror.ErrNotAuthorized, ErrInvalidTitle, ErrInvalidPrice, ErrNoSuchTicket, ErrTicketReserved.
func (c Caller) ChangeTicket(ctx context.Context, id int32, o Offer) error {
	_, err := c.do(ctx, call{method: http.MethodPut, url: c.ticketURL(id), in: o})
	return err
}

func (c Caller) ticketURL(id int32) string {
	return fmt.Sprintf("%s/api/tickets/%d", c.origins.Tickets, id)
}

var nextPage = regexp.MustCompile(`[?&]after=([0-9]+)[^>]*>; *rel="?next"?`)

func list[T any](ctx context.Context, c Caller, path string, query url.Values, after int32) (l List[T], err error) {
	query.Set("limit", strconv.Itoa(PageSize))
	if after != 0 {
		query.Set("after", strconv.Itoa(int(after)))
	}
	header, err := c.do(ctx, call{method: http.MethodGet, url: path + "?" + query.Encode(), out: &l.Items})
	if m := nextPage.FindStringSubmatch(header.Get("Link")); m != nil {
		id, err := strconv.ParseInt(m[1], 10, 32)
		if err != nil {
			return l, apierror.Unavailable(err)
		}
		l.Next = int32(id)
	}
	return l, err
}
