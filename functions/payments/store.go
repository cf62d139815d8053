package payments

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
)

var errUnknownPayment = errors.New("there is no such payment")

const columns = `id, order_id, status, charge_id, charged, currency, charge_status, created_at, updated_at,
	version, refund, refunded, dispute,
	key::text, intent_id, needs_action, amount, undone, owed_since, attempts, next_attempt_at`

func scan(row pgx.CollectableRow) (p Payment, err error) {
	c := &p.StripeCharge
	err = row.Scan(&p.ID, &p.OrderID, &p.Status, &c.ID, &c.Amount, &c.Currency, &c.Status, &p.CreatedAt, &p.UpdatedAt,
		&p.Version, &p.Refund, &p.Refunded, &p.Dispute,
		&p.Key, &p.IntentID, &p.NeedsAction, &p.Amount, &p.UndoCalls, &p.OwedSince, &p.Attempts, &p.NextAttemptAt)
	return p, err
}

// findOrder returns the copy of an order. Errors: ErrOrderNotFound.
func findOrder(ctx context.Context, q postgres.Querier, id int32) (Order, error) {
	o, err := postgres.One(ctx, q, func(row pgx.CollectableRow) (o Order, err error) {
		err = row.Scan(&o.ID, &o.UserID, &o.Status, &o.Price, &o.ExpiresAt, &o.HeldUntil, &o.AwaitedPaymentID)
		return o, err
	}, `SELECT id, user_id, status, price, expires_at, held_until, awaited_payment_id FROM orders WHERE id = $1`, id)
	return o, postgres.NoRows(err, ErrOrderNotFound)
}

// findActive finds the payment of an order that is under way or has succeeded (and may be refunded since), and returns it
// beside ErrInProgress or ErrPaid. One with a status of a newer version is under way. Errors: also errUnknownPayment, if there is none.
func findActive(ctx context.Context, q postgres.Querier, orderID int32) (Payment, error) {
	p, err := postgres.One(ctx, q, scan, `SELECT `+columns+` FROM payments
		WHERE order_id = $1 AND status <> 'failed' ORDER BY status = 'refunded' LIMIT 1`, orderID)
	switch {
	case err != nil:
		return p, postgres.NoRows(err, errUnknownPayment)
	case p.Status == event.PaymentSucceeded, p.Status == event.PaymentIsRefunded:
		return p, ErrPaid
	}
	return p, ErrInProgress
}

// insertPayment stores a pending payment of an order, with its idempotency key. The unique index decides between many at
// once; NOT EXISTS spares the ids of those that come later.
// Errors: ErrPaid, ErrInProgress, each beside the payment that has succeeded or is under way.
func insertPayment(ctx context.Context, q postgres.Querier, o Order) (Payment, error) {
	p, err := postgres.One(ctx, q, scan, `
		INSERT INTO payments (order_id, user_id, amount) SELECT $1, $2, $3
		WHERE NOT EXISTS (SELECT FROM payments WHERE order_id = $1 AND status NOT IN ('failed', 'refunded'))
		ON CONFLICT (order_id) WHERE status IN ('pending', 'succeeded') DO NOTHING RETURNING `+columns, o.ID, o.UserID, o.Price)
	if !errors.Is(err, pgx.ErrNoRows) {
		return p, err
	}
	if p, err = findActive(ctx, q, o.ID); errors.Is(err, errUnknownPayment) { // it has failed this moment
		return p, ErrInProgress
	}
	return p, err
}

// savePrepared stores the intent of a payment that is still pending. Errors: ErrInProgress if it is not, because the
// reconciler has given the attempt up.
func savePrepared(ctx context.Context, q postgres.Querier, id int32, intentID string) (Payment, error) {
	p, err := postgres.One(ctx, q, scan, `
		UPDATE payments SET intent_id = $2, updated_at = now() WHERE id = $1 AND status = 'pending' RETURNING `+columns, id, intentID)
	return p, postgres.NoRows(err, ErrInProgress)
}

// lastPayment returns the payment of an order that tells where its money is: the one that is under way or has succeeded, or was
// refunded, or the last one that failed. Without any it returns the zero Payment.
func lastPayment(ctx context.Context, q postgres.Querier, orderID int32) (Payment, error) {
	p, err := postgres.One(ctx, q, scan, `SELECT `+columns+` FROM payments WHERE order_id = $1 ORDER BY status = 'failed', id DESC LIMIT 1`, orderID)
	return p, postgres.NoRows(err, nil)
}

// findPaymentOf returns the payment of an intent. Errors: errUnknownPayment.
func findPaymentOf(ctx context.Context, q postgres.Querier, intentID string) (Payment, error) {
	p, err := postgres.One(ctx, q, scan, `SELECT `+columns+` FROM payments WHERE intent_id = $1 AND intent_id <> ''`, intentID)
	return p, postgres.NoRows(err, errUnknownPayment)
}

// lockPayment returns a payment that no other transaction can change until tx ends. Errors: errUnknownPayment.
func lockPayment(ctx context.Context, tx postgres.Tx, id int32) (Payment, error) {
	p, err := postgres.One(ctx, tx, scan, `SELECT `+columns+` FROM payments WHERE id = $1 FOR UPDATE`, id)
	return p, postgres.NoRows(err, errUnknownPayment)
}

// savePayment stores a locked payment that has moved, and when it was refused if it was. It returns the event that it has
// succeeded or failed, if it has.
func savePayment(ctx context.Context, tx postgres.Tx, p *Payment, refusedAt *time.Time) (event.Draft, error) {
	c := p.StripeCharge
	saved, err := postgres.One(ctx, tx, scan, `
		UPDATE payments SET status = $2, needs_action = $3, charge_id = $4, charged = $5, currency = $6, charge_status = $7, refused_at = $8, updated_at = now(),
			version = version + CASE $2 WHEN 'pending' THEN 0 ELSE 1 END
		WHERE id = $1 RETURNING `+columns, p.ID, p.Status, p.NeedsAction, c.ID, c.Amount, c.Currency, c.Status, refusedAt)
	switch *p = saved; {
	case err != nil || p.Status == event.PaymentPending:
		return event.Draft{}, err
	case p.Status == event.PaymentFailed:
		return event.Of(ctx, event.PaymentUpdated, p.Payment)
	}
	return event.Of(ctx, event.PaymentCreated, p.Payment)
}

// announcedAt returns the position in the outbox of the event that a payment has succeeded.
func announcedAt(ctx context.Context, q postgres.Querier, p Payment) (int64, error) {
	return postgres.One(ctx, q, pgx.RowTo[int64], `
		SELECT seq FROM outbox WHERE type = $1 AND subject = $2 ORDER BY seq DESC LIMIT 1`, string(event.PaymentCreated), p.Subject())
}

// claimPending returns the pending payment that was looked at longest ago, and before t, and says that it was looked at
// now. Errors: errUnknownPayment, if there is none.
func claimPending(ctx context.Context, q postgres.Querier, t time.Time) (Payment, error) {
	p, err := postgres.One(ctx, q, scan, `
		UPDATE payments SET checked_at = clock_timestamp() WHERE id = (
			SELECT id FROM payments WHERE status = 'pending' AND checked_at < $1 ORDER BY checked_at LIMIT 1 FOR UPDATE SKIP LOCKED)
		RETURNING `+columns, t)
	return p, postgres.NoRows(err, errUnknownPayment)
}
