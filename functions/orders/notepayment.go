package orders

import (
	"context"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
)

// NotePayment records on the order what has become of its money: refunds and disputes.
func (o *Orders) NotePayment(ctx context.Context, payment event.Payment) error {
	_, err := o.db.Change(ctx, func(tx postgres.Tx) (none event.Draft, err error) {
		order, err := lockOrder(ctx, tx, payment.OrderID)
		if err != nil {
			return none, err
		}
		if err := order.Note(payment); err != nil {
			return none, err
		}
		return saveOrder(ctx, tx, &order)
	})
	return rejectUnknown(err)
}
