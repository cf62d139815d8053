package payments

import (
	"context"
	"errors"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/session"
)

// OrderPayment is how an order stands with its buyer's money.
type OrderPayment struct {
	Payment     *event.Payment `json:"payment"`               // under way, succeeded or refunded; otherwise the last one that failed; null: there was none
	NeedsAction bool           `json:"needsAction,omitempty"` // the payment waits for the buyer's second step
}

// GetOrderPayment returns what is known of the payment of the signed-in user's order. Nothing was charged if there is none,
// or one that failed; while one is pending it is not known yet.
//
// Errors: apierror.ErrInvalidID, ErrNoSuchOrder, ErrNotTheBuyer.
func (p *Payments) GetOrderPayment(ctx context.Context, req function.ByID) (none OrderPayment, _ error) {
	order, err := findOrder(ctx, p.db, req.ID)
	if err != nil {
		if errors.Is(err, ErrOrderNotFound) {
			err = ErrNoSuchOrder
		}
		return none, err
	}
	if order.UserID != session.User(ctx) {
		return none, ErrNotTheBuyer
	}
	payment, err := lastPayment(ctx, p.db, order.ID)
	if err != nil || payment.ID == 0 {
		return none, err
	}
	return OrderPayment{&payment.Payment, payment.NeedsAction}, nil
}
