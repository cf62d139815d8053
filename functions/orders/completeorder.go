package orders

import (
	"context"
	"errors"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

// CompleteOrder gives an order its payment. A payment that the order cannot take is rejected, once, so
// that its money goes back.
func (o *Orders) CompleteOrder(ctx context.Context, payment event.Payment) error {
	order, seq, err := o.store.update(ctx, payment.OrderID, func(order *Order) error { return order.Complete(payment) })
	switch {
	case errors.Is(err, ErrNotFound):
		return function.Reject(err)
	case errors.Is(err, errPaymentRejected):
		seq, err := o.store.rejectPayment(ctx, event.PaymentRejected{Order: order.Order, PaymentID: payment.ID})
		o.measures.count(latePayment, seq)
		return err
	}
	o.measures.count(completed, seq)
	return err
}
