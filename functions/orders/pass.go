package orders

import (
	"context"
	"net/http"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/timestamp"
)

// Errors for clients, about passes.
var (
	ErrNoPass        = apierror.New(http.StatusConflict, "Order has no pass.")
	ErrInvalidCode   = apierror.New(http.StatusBadRequest, "Invalid code.").On("code", "Invalid code.")
	ErrUnknownKey    = apierror.New(http.StatusBadRequest, "The code's key is not in use.").On("code", "The code's key is not in use.")
	ErrForged        = apierror.New(http.StatusBadRequest, "The code is not genuine.").On("code", "The code is not genuine.")
	ErrNotYoursToUse = apierror.New(http.StatusUnauthorized, "You are not authorized to mark this pass as used.")
	ErrPassUsed      = apierror.New(http.StatusConflict, "The pass was used before.")
	ErrPassVoid      = apierror.New(http.StatusConflict, "The pass is not valid.")
)

// PassStatus is what a pass is good for.
type PassStatus string

// A pass is valid while its order is paid, and used once. It is void when the order's money went back, or is on its way.
const (
	PassIsValid PassStatus = "valid"
	PassIsUsed  PassStatus = "used"
	PassIsVoid  PassStatus = "void"
)

// Pass is what the buyer of a paid order shows, and the seller of its ticket marks as used.
type Pass struct {
	OrderID  int32           `json:"orderId"`
	TicketID int32           `json:"ticketId"`
	Title    string          `json:"title"`    // of the ticket
	SellerID int32           `json:"sellerId"` // who may mark it as used
	Status   PassStatus      `json:"status"`
	IssuedAt timestamp.Time  `json:"issuedAt"`         // when the code was
	UsedAt   *timestamp.Time `json:"usedAt,omitempty"` // when the seller marked it as used

	buyerID int32
}

// findPass returns the pass of an order, paid or not. Errors: ErrNotFound.
func findPass(ctx context.Context, q postgres.Querier, orderID int32) (Pass, error) {
	p, err := postgres.One(ctx, q, func(row pgx.CollectableRow) (p Pass, err error) {
		var void bool
		err = row.Scan(&p.OrderID, &p.TicketID, &p.Title, &p.SellerID, &p.UsedAt, &p.buyerID, &void)
		switch {
		case void:
			p.Status = PassIsVoid
		case p.UsedAt != nil:
			p.Status = PassIsUsed
		default:
			p.Status = PassIsValid
		}
		return p, err
	}, `SELECT o.id, ticket_id, ticket_title, t.user_id, pass_used_at, o.user_id, NOT (`+passable+`)
		FROM orders o JOIN tickets t ON t.id = ticket_id WHERE o.id = $1`, orderID)
	return p, postgres.NoRows(err, ErrNotFound)
}

// passable are the orders whose passes are good: paid, and no money of them all went back or is on its way.
const passable = `status = '` + string(event.OrderIsComplete) + `' AND refunded_at IS NULL AND refund NOT IN ('` + string(event.RefundOwed) + `', '` + string(event.RefundPending) + `')`
