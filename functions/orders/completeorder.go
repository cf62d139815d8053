package orders

import (
	"context"
	"errors"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
)

// CompleteOrder gives an order its payment. A payment that the order cannot take is rejected, once, so
// that its money goes back. Where a status is of a newer version, the event comes again, until that version gets it.
func (o *Orders) CompleteOrder(ctx context.Context, payment event.Payment) error {
	outcome := completed
	seq, err := o.db.Change(ctx, func(tx postgres.Tx) (none event.Draft, err error) {
		order, err := lockOrder(ctx, tx, payment.OrderID)
		if err != nil {
			return none, err
		}
		switch err := order.Complete(payment); {
		case err == nil:
			return saveOrder(ctx, tx, &order)
		case !errors.Is(err, errPaymentRejected):
			return none, err
		}
		outcome = latePayment
		if first, err := insertRejection(ctx, tx, payment.ID); err != nil || !first {
			return none, err
		}
		return event.Of(ctx, event.OrderPaymentRejected, event.PaymentRejected{Order: order.Order, PaymentID: payment.ID})
	})
	o.metrics.count(outcome, seq)
	return rejectUnknown(err)
}
