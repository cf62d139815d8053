package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/money"
	"github.com/gittix/ticketing/shared/timestamp"
)

// What tickets and orders may answer to a seller.
var (
	ErrNotYoursToRefund = apierror.New(http.StatusUnauthorized, "You are not authorized to refund this order.")
	ErrBegun            = apierror.New(http.StatusConflict, "The event has begun.")
	ErrNotRefundable    = apierror.New(http.StatusConflict, "Order cannot be refunded.")
)

// Sale is a paid order of one of the user's tickets.
type Sale struct {
	OrderID, TicketID int32
	Title             string
	Price, Refunded   money.Cents
	SoldAt            timestamp.Time
	Status            event.OrderStatus // complete, or cancelled after a refund by the seller
}

// Sales are the user's numbers.
type Sales struct {
	Reserved, Sold, Returned int // orders
	Earned, Refunded         money.Cents
	Weeks                    []Week // with sales, of the last twelve, oldest first
}

// Week is what was sold in one, from a Monday on.
type Week struct {
	Monday timestamp.Time
	Sold   int
	Earned money.Cents
}

// WithdrawTicket takes a ticket of the user's own off sale for good.
//
// Errors: apierror.ErrNotAuthorized, ErrNoSuchTicket, ErrTicketReserved.
func (s *Session) WithdrawTicket(ctx context.Context, id int32) error {
	_, err := s.do(ctx, call{method: http.MethodDelete, path: ticketPath(id)})
	return err
}

// RefundOrder ends a paid order of one of the user's tickets, and sends the buyer's money back. The ticket is free again, or withdrawn with that.
//
// Errors: apierror.ErrNotAuthorized, ErrNoSuchOrder, ErrNotYoursToRefund, ErrBegun, ErrNotRefundable.
func (s *Session) RefundOrder(ctx context.Context, id int32, withdraw bool) error {
	_, err := s.changeOrder(ctx, http.MethodPost, fmt.Sprintf("%s/refund?withdraw=%t", orderPath(id), withdraw), nil)
	return err
}

// Sales returns the user's numbers. Errors: apierror.ErrNotAuthorized.
func (s *Session) Sales(ctx context.Context) (sales Sales, err error) {
	_, err = s.do(ctx, call{method: http.MethodGet, path: "/api/orders/sales/summary", out: &sales})
	return sales, err
}

// ListSales lists what the user sold, newest first; of one ticket, unless that is 0.
//
// Errors: apierror.ErrNotAuthorized, apierror.ErrInvalidQuery.
func (s *Session) ListSales(ctx context.Context, ticketID int32, page Page) (List[Sale], error) {
	query := url.Values{}
	if ticketID != 0 {
		query.Set("ticketId", strconv.Itoa(int(ticketID)))
	}
	return list[Sale](ctx, s, "/api/orders/sales", query, page)
}
