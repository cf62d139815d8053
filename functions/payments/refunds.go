package payments

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
)

// saveReversed stores a locked payment whose money has moved since it was taken, and returns the event that says so, if
// others see a difference to before.
func saveReversed(ctx context.Context, tx postgres.Tx, p *Payment, before event.Payment) (event.Draft, error) {
	news := 0
	if p.Payment != before {
		news = 1
	}
	saved, err := postgres.One(ctx, tx, scan, `
		UPDATE payments SET status = $2, refund = $3, refunded = $4, dispute = $5, owed_since = $6, attempts = $7, next_attempt_at = $8,
			version = version + $9, updated_at = CASE $9 WHEN 0 THEN updated_at ELSE now() END
		WHERE id = $1 RETURNING `+columns, p.ID, p.Status, p.Refund, p.Refunded, p.Dispute, p.OwedSince, p.Attempts, p.NextAttemptAt, news)
	if *p = saved; err != nil || news == 0 {
		return event.Draft{}, err
	}
	if p.Status == event.PaymentIsRefunded && before.Status != event.PaymentIsRefunded {
		return event.Of(ctx, event.PaymentRefunded, p.Payment)
	}
	return event.Of(ctx, event.PaymentUpdated, p.Payment)
}

// claimRefund returns the payment whose refund was due longest ago, at t or before, of them all (id 0) or of one. The next
// attempt is in a minute, and each further one in twice the time of the last, up to a day, whatever becomes of this one.
// Errors: errUnknownPayment, if none is due.
func claimRefund(ctx context.Context, q postgres.Querier, t time.Time, id int32) (Payment, error) {
	p, err := postgres.One(ctx, q, scan, `
		UPDATE payments SET attempts = attempts + 1,
			next_attempt_at = clock_timestamp() + least(interval '1 minute' * power(2, least(attempts, 11)), interval '1 day')
		WHERE id = (
			SELECT id FROM payments WHERE next_attempt_at <= $1 AND $2 IN (0, id) ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED)
		RETURNING `+columns, t, id)
	return p, postgres.NoRows(err, errUnknownPayment)
}

// findLate returns payments of orders that were cancelled, whose money has not been asked to go back, at most 100. It
// notes which payments are of complete orders, so that it need not look at them again.
func findLate(ctx context.Context, q postgres.Querier) ([]int32, error) {
	if _, err := q.Exec(ctx, `
		UPDATE payments SET kept = true FROM orders
		WHERE orders.id = order_id AND orders.status = 'complete' AND payments.status = 'succeeded' AND NOT kept`); err != nil {
		return nil, err
	}
	return postgres.All(ctx, q, pgx.RowTo[int32], `
		SELECT payments.id FROM payments JOIN orders ON orders.id = order_id
		WHERE payments.status = 'succeeded' AND NOT kept AND owed_since IS NULL AND orders.status = 'cancelled' LIMIT 100`)
}

// databaseNow is the time by which payments and refunds are due: that of the database, whatever the clocks of the processes.
func databaseNow(ctx context.Context, q postgres.Querier) (time.Time, error) {
	return postgres.One(ctx, q, pgx.RowTo[time.Time], `SELECT clock_timestamp()`)
}
