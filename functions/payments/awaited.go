package payments

import (
	"context"
	"time"

	"github.com/gittix/ticketing/shared/event"
)

const (
	lastMoments  = 5 * time.Second // of an order's time, in which it may end before it learns of a payment that begins
	answerWithin = time.Second     // after its time, orders says whether it waits for the payment
)

// awaited returns nil once it is sure that the order does not end before the payment may: it has time left, or orders says that it
// waits for the payment. So nothing is charged that would have to go back.
//
// Errors: ErrOrderExpired, also where orders does not answer; ErrOrderCancelled, ErrPaid, ErrNotPayable, where that happens meanwhile.
func (p *Payments) awaited(ctx context.Context, order Order, payment Payment) (err error) {
	looked := false
	for order.AwaitedPaymentID != payment.ID && !p.now().Before(order.ExpiresAt.Add(-lastMoments)) {
		over := !p.now().Before(order.ExpiresAt.Time)
		switch {
		case order.Status != event.OrderIsCreated && !over:
			return order.Payable(order.UserID, p.now())
		case order.Status != event.OrderIsCreated, !p.now().Before(order.ExpiresAt.Add(answerWithin)):
			return ErrOrderExpired
		}
		p.db.Copies("orders").AwaitNews(ctx, order.ID)
		if order, err = findOrder(ctx, p.db, order.ID); err != nil {
			return err
		}
		looked = true
	}
	if looked { // the attempt begins now: until it is stale, the reconciler leaves it alone
		_, err = p.db.Exec(ctx, `UPDATE payments SET checked_at = clock_timestamp() WHERE id = $1`, payment.ID)
	}
	return err
}
