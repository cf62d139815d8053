package orders

import (
	"context"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
)

// NoteRefund records on the order that its money was refunded.
func (o *Orders) NoteRefund(ctx context.Context, payment event.Payment) error {
	_, err := o.db.Change(ctx, func(tx postgres.Tx) (none event.Draft, err error) {
		order, err := lockOrder(ctx, tx, payment.OrderID)
		if err != nil {
			return none, err
		}
		order.Refunded(payment)
		return saveOrder(ctx, tx, &order)
	})
	return rejectUnknown(err)
}
