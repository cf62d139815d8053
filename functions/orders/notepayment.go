package orders

import (
	"context"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
)

// NotePayment records on the order that a payment of it is under way or has failed, and what has become of its money: refunds and
// disputes. What others cannot see of it is no new version of the order.
func (o *Orders) NotePayment(ctx context.Context, payment event.Payment) error {
	ended := false
	seq, err := o.db.Change(ctx, func(tx postgres.Tx) (none event.Draft, err error) {
		order, err := lockOrder(ctx, tx, payment.OrderID)
		if err != nil {
			return none, err
		}
		before := order
		if err := order.Note(payment, o.now(), o.grace); err != nil {
			return none, err
		}
		if order.Order == before.Order {
			return none, saveNoted(ctx, tx, order)
		}
		ended = order.Status != before.Status
		return saveOrder(ctx, tx, &order)
	})
	if ended {
		o.metrics.count(expired, seq)
	}
	return rejectUnknown(err)
}
