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

// Page says which part of a list is wanted, newest first.
type Page struct {
	Limit int   // 0: as many as the service gives
	After int32 // the last id of the page before; 0: the first page
}

// List is a page of a list. Next is the id after which the next one begins, or 0 if there is none.
type List[T any] struct {
	Items []T
	Next  int32
}

// Search says which tickets are wanted.
type Search struct {
	Page
	Words     string
	Available bool  // only those that no order holds
	Unsold    bool  // only those that are not sold
	Seller    int32 // 0: any

	Upcoming bool // only those on sale whose event is to come; so it is with a category and an order, too
	Category string
	Sort     string // newest, date or price; "": newest
	From, To string // with the order date: the first and the last day, such as 2030-06-01, by the clock of each ticket's place
}

// Tickets searches.
//
// Errors: apierror.ErrInvalidQuery.
func (s *Session) Tickets(ctx context.Context, search Search) (List[event.Ticket], error) {
	query := url.Values{}
	if search.Words != "" {
		query.Set("q", search.Words)
	}
	if search.Available {
		query.Set("available", "true")
	}
	if search.Unsold {
		query.Set("unsold", "true")
	}
	if search.Upcoming {
		query.Set("upcoming", "true")
	}
	for name, value := range map[string]string{"category": search.Category, "sort": search.Sort, "from": search.From, "to": search.To} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if search.Seller != 0 {
		query.Set("userId", strconv.Itoa(int(search.Seller)))
	}
	return list[event.Ticket](ctx, s, "/api/tickets", query, search.Page)
}

// Ticket returns one ticket.
//
// Errors: ErrNoSuchTicket.
func (s *Session) Ticket(ctx context.Context, id int32) (t event.Ticket, err error) {
	_, err = s.do(ctx, call{method: http.MethodGet, path: ticketPath(id), out: &t})
	return t, err
}

// Offer is what a seller says of a ticket. The price is in dollars, such as 42.50.
type Offer struct {
	Title string `json:"title"`
	Price string `json:"price"`
	*About
}

// About is what else a seller says of it. nil: what was said before stays.
type About struct {
	Description string `json:"description"`
	StartsAt    string `json:"startsAt"` // by RFC 3339, or ""
	TimeZone    string `json:"timeZone"` // by its name at IANA
	Venue       string `json:"venue"`
	Category    string `json:"category"` // one of event.Categories, or ""
}

// OfferTicket offers a new ticket.
//
// Errors: apierror.ErrNotAuthorized, ErrInvalidTitle, ErrInvalidPrice.
func (s *Session) OfferTicket(ctx context.Context, o Offer) (event.Ticket, error) {
	var reply struct{ Ticket event.Ticket }
	_, err := s.do(ctx, call{method: http.MethodPost, path: "/api/tickets", in: o, out: &reply})
	return reply.Ticket, err
}

// ChangeTicket changes a ticket of the user's own.
//
// Errors: apierror.ErrNotAuthorized, ErrInvalidTitle, ErrInvalidPrice, ErrNoSuchTicket, ErrTicketReserved, ErrTicketWithdrawn.
func (s *Session) ChangeTicket(ctx context.Context, id int32, o Offer) (event.Ticket, error) {
	var reply struct{ Ticket event.Ticket }
	_, err := s.do(ctx, call{method: http.MethodPut, path: ticketPath(id), in: o, out: &reply})
	return reply.Ticket, err
}

func ticketPath(id int32) string { return fmt.Sprintf("/api/tickets/%d", id) }

var nextPage = regexp.MustCompile(`[?&]after=([0-9]+)[^>]*>; *rel="?next"?`)

func list[T any](ctx context.Context, s *Session, path string, query url.Values, page Page) (l List[T], err error) {
	if page.Limit != 0 {
		query.Set("limit", strconv.Itoa(page.Limit))
	}
	if page.After != 0 {
		query.Set("after", strconv.Itoa(int(page.After)))
	}
	header, err := s.do(ctx, call{method: http.MethodGet, path: path + "?" + query.Encode(), out: &l.Items})
	if m := nextPage.FindStringSubmatch(header.Get("Link")); m != nil {
		id, err := strconv.ParseInt(m[1], 10, 32)
		if err != nil {
			return l, apierror.Unavailable(err)
		}
		l.Next = int32(id)
	}
	return l, err
}
