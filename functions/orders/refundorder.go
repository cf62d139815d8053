package orders

import (
	"context"
	"net/http"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
)

// RefundOrderRequest names the order.
type RefundOrderRequest struct {
	function.ByID
	Withdraw bool `json:"-" query:"withdraw" example:"true"` // true: the ticket is withdrawn with that, and not free again
}

// Bind reads the query. Errors: apierror.ErrInvalidQuery, and those of ByID.
func (r *RefundOrderRequest) Bind(req *http.Request) error {
	switch req.URL.Query().Get("withdraw") {
	case "", "false":
	case "true":
		r.Withdraw = true
	default:
		return apierror.ErrInvalidQuery
	}
	return r.ByID.Bind(req)
}

// RefundOrder ends a paid order of a ticket that the signed-in user sold: the buyer's money goes back, and the ticket is free again, unless it was
// withdrawn, or is with the refund: orders sells it no more from then on, and tickets follows by the order's event. To refund again changes nothing.
//
// Errors: apierror.ErrInvalidQuery, apierror.ErrInvalidID, ErrNotFound, ErrNotYoursToRefund, ErrBegun, ErrNotRefundable.
func (o *Orders) RefundOrder(ctx context.Context, req RefundOrderRequest) (Reply, error) {
	var order Order
	seq, err := o.db.ChangeMany(ctx, func(tx postgres.Tx) (drafts []event.Draft, err error) {
		if order, err = lockOrder(ctx, tx, req.ID); err != nil {
			return nil, err
		}
		if err := o.mayRefund(ctx, tx, session.User(ctx), order); err != nil {
			return nil, err
		}
		if err := order.Return(req.Withdraw); err != nil {
			return nil, err
		}
		if order.Withdrawn {
			if _, err := tx.Exec(ctx, `UPDATE tickets SET withdrawn = true WHERE id = $1`, order.TicketID); err != nil {
				return nil, err
			}
		}
		updated, err := saveOrder(ctx, tx, &order)
		if err != nil || updated.Type == "" {
			return nil, err
		}
		rejected, err := event.Of(ctx, event.OrderPaymentRejected, event.PaymentRejected{Order: order.Order, PaymentID: *order.PaymentID})
		return []event.Draft{rejected, updated}, err
	})
	o.metrics.count(returned, seq)
	return Reply{Message: "Order refunded.", Order: order, Seq: seq}, err
}

// mayRefund returns nil if the user sold the ticket of an order, and what it is for has not begun. Errors: ErrNotYoursToRefund, ErrBegun.
func (o *Orders) mayRefund(ctx context.Context, tx postgres.Tx, user int32, order Order) error {
	begun, err := postgres.One(ctx, tx, pgx.RowTo[bool], `SELECT coalesce(starts_at <= $3, false) FROM tickets WHERE id = $1 AND user_id = $2`,
		order.TicketID, user, o.now())
	if err == nil && begun && order.RefundedBy == "" {
		err = ErrBegun
	}
	return postgres.NoRows(err, ErrNotYoursToRefund)
}
