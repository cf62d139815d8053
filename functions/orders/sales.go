package orders

import (
	"context"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/money"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/timestamp"
)

// Sale is a paid order as the ticket's seller sees it: the buyer stays unknown.
type Sale struct {
	OrderID  int32             `json:"orderId"`
	TicketID int32             `json:"ticketId"`
	Title    string            `json:"title"`
	Price    money.Cents       `json:"price"`
	SoldAt   timestamp.Time    `json:"soldAt"`
	Status   event.OrderStatus `json:"status"`           // complete, or cancelled after a refund by the seller
	Refund   string            `json:"refund,omitempty"` // how far money is that is on the way back
	Refunded money.Cents       `json:"refunded"`         // how much went back
}

// SalesRequest asks for a page of sales.
type SalesRequest struct {
	function.Paging
	TicketID int32 `json:"-" query:"ticketId" minimum:"1" example:"1"` // only those of this ticket
}

// Bind reads the query. Errors: apierror.ErrInvalidQuery.
func (r *SalesRequest) Bind(req *http.Request) error {
	if s := req.URL.Query().Get("ticketId"); s != "" {
		var ok bool
		if r.TicketID, ok = function.ParseID(s); !ok {
			return apierror.ErrInvalidQuery
		}
	}
	return r.Paging.Bind(req)
}

// Sales are the numbers of a seller.
type Sales struct {
	Reserved int         `json:"reserved"` // orders that are open
	Sold     int         `json:"sold"`     // orders that are complete
	Returned int         `json:"returned"` // orders that the seller refunded
	Earned   money.Cents `json:"earned"`   // of complete orders, less what went back of them
	Refunded money.Cents `json:"refunded"` // what went back, of all orders
	Weeks    []Week      `json:"weeks"`    // of the last twelve, those with sales, oldest first
}

// Week is what was sold in one, which begins on a Monday at 0:00 UTC.
type Week struct {
	Monday timestamp.Time `json:"monday"`
	Sold   int            `json:"sold"`
	Earned money.Cents    `json:"earned"`
}

const (
	soldAt = `coalesce(paid_at, updated_at)`
	sale   = `SELECT id, ticket_id, ticket_title, ticket_price, ` + soldAt + `, status, refund, refunded`
	// page is read in the order of its index, like that of ListOrders; so is pageOfTicket.
	page = sale + ` FROM (
		SELECT * FROM orders WHERE payment_id IS NOT NULL AND seller_id >= $1 AND (seller_id, id) < ($1, $2::bigint) ORDER BY seller_id DESC, id DESC LIMIT 1001) page LIMIT $3`
	pageOfTicket = sale + ` FROM (
		SELECT * FROM orders WHERE payment_id IS NOT NULL AND ticket_id >= $4 AND (ticket_id, id) < ($4, $2::bigint) ORDER BY ticket_id DESC, id DESC LIMIT 1001) page WHERE seller_id = $1 LIMIT $3`
)

// ListSales returns the paid orders of the signed-in user's tickets, or of one of them, newest first.
//
// Errors: apierror.ErrInvalidQuery.
func (o *Orders) ListSales(ctx context.Context, req SalesRequest) (function.Page[Sale], error) {
	sql, values := page, []any{session.User(ctx), req.Below(), req.Limit + 1}
	if req.TicketID != 0 {
		sql, values = pageOfTicket, append(values, req.TicketID)
	}
	found, err := postgres.All(ctx, o.db, pgx.RowToStructByPos[Sale], sql, values...)
	return function.PageOf(req.Paging, found, func(s Sale) int32 { return s.OrderID }), err
}

// GetSales returns the numbers of the signed-in user's sales.
func (o *Orders) GetSales(ctx context.Context, _ function.None) (s Sales, err error) {
	s, err = postgres.One(ctx, o.db, func(row pgx.CollectableRow) (s Sales, err error) {
		return s, row.Scan(&s.Reserved, &s.Sold, &s.Returned, &s.Earned, &s.Refunded)
	}, `
		SELECT (SELECT count(*) FROM orders WHERE seller_id = $1 AND status = 'created'),
			count(*) FILTER (WHERE status = 'complete'), count(*) FILTER (WHERE status = 'cancelled'),
			coalesce(sum(ticket_price - refunded) FILTER (WHERE status = 'complete'), 0)::bigint, coalesce(sum(refunded), 0)::bigint
		FROM orders WHERE seller_id = $1 AND payment_id IS NOT NULL`, session.User(ctx))
	if err != nil {
		return s, err
	}
	s.Weeks, err = postgres.All(ctx, o.db, pgx.RowToStructByPos[Week], `
		SELECT date_trunc('week', `+soldAt+`, 'UTC') AS monday, count(*), coalesce(sum(ticket_price - refunded), 0)::bigint FROM orders
		WHERE seller_id = $1 AND payment_id IS NOT NULL AND status = 'complete' AND `+soldAt+` >= date_trunc('week', $2::timestamptz, 'UTC') GROUP BY monday ORDER BY monday`,
		session.User(ctx), o.now().Add(-11*7*24*time.Hour))
	return s, err
}
