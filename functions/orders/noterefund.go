package orders

import (
	"context"
	"errors"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

// NoteRefund writes on the order that its money went back.
func (o *Orders) NoteRefund(ctx context.Context, payment event.Payment) error {
	_, _, err := o.store.update(ctx, payment.OrderID, func(order *Order) error {
		order.Refunded(payment)
		return nil
	})
	if errors.Is(err, ErrNotFound) {
		return function.Reject(err)
	}
	return err
}
