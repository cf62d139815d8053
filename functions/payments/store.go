package payments

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/functions/payments/gateway"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
)

var errUnknownPayment = errors.New("there is no such payment")

type store struct{ db *postgres.DB }

const columns = `id, order_id, status, charge_id, charged, currency, charge_status, created_at, updated_at,
	key::text, intent_id, needs_action, amount`

func scan(row pgx.CollectableRow) (p Payment, err error) {
	c := &p.StripeCharge
	err = row.Scan(&p.ID, &p.OrderID, &p.Status, &c.ID, &c.Amount, &c.Currency, &c.Status, &p.CreatedAt, &p.UpdatedAt,
		&p.Key, &p.IntentID, &p.NeedsAction, &p.Amount)
	return p, err
}

func scanOrder(row pgx.CollectableRow) (o Order, err error) {
	err = row.Scan(&o.ID, &o.UserID, &o.Status, &o.Price, &o.ExpiresAt)
	return o, err
}

const orderByID = `SELECT id, user_id, status, price, expires_at FROM orders WHERE id = $1`

// begin stores a pending payment of an order, if payable allows it and no other is pending or has succeeded.
// The order's row lock makes attempts wait for one another.
// Errors: ErrOrderNotFound, payable's, ErrPaid, and ErrInProgress beside the payment that is.
func (s store) begin(ctx context.Context, orderID int32, payable func(Order) error) (payment, other Payment, err error) {
	_, err = s.db.Change(ctx, func(tx postgres.Tx) (none event.Draft, err error) {
		order, err := postgres.One(ctx, tx, scanOrder, orderByID+` FOR UPDATE`, orderID)
		if errors.Is(err, pgx.ErrNoRows) {
			return none, ErrOrderNotFound
		}
		if err != nil {
			return none, err
		}
		if err := payable(order); err != nil {
			return none, err
		}
		other, err = postgres.One(ctx, tx, scan, `SELECT `+columns+` FROM payments WHERE order_id = $1 AND status IN ('pending', 'succeeded')`, orderID)
		switch {
		case err == nil && other.Status == event.PaymentSucceeded:
			return none, ErrPaid
		case err == nil:
			return none, ErrInProgress
		case !errors.Is(err, pgx.ErrNoRows):
			return none, err
		}
		payment, err = postgres.One(ctx, tx, scan, `INSERT INTO payments (order_id, amount) VALUES ($1, $2) RETURNING `+columns, orderID, order.Price)
		return none, err
	})
	return payment, other, err
}

// prepared stores the intent of a payment that is still pending. Errors: ErrInProgress if it is not.
func (s store) prepared(ctx context.Context, id int32, intentID string) error {
	tag, err := s.db.Exec(ctx, `UPDATE payments SET intent_id = $2, updated_at = now() WHERE id = $1 AND status = 'pending'`, id, intentID)
	if err == nil && tag.RowsAffected() == 0 {
		return ErrInProgress // the reconciler has given this attempt up
	}
	return err
}

func (s store) get(ctx context.Context, id int32) (Payment, error) {
	p, err := postgres.One(ctx, s.db, scan, `SELECT `+columns+` FROM payments WHERE id = $1`, id)
	return p, known(err)
}

func (s store) byIntent(ctx context.Context, intentID string) (Payment, error) {
	if intentID == "" {
		return Payment{}, errUnknownPayment
	}
	p, err := postgres.One(ctx, s.db, scan, `SELECT `+columns+` FROM payments WHERE intent_id = $1`, intentID)
	return p, known(err)
}

// settle moves a payment to where its intent stands, and announces it if it has succeeded now. moved tells
// whether it stood elsewhere before.
func (s store) settle(ctx context.Context, id int32, intent gateway.Intent) (p Payment, seq int64, moved bool, err error) {
	seq, err = s.db.Change(ctx, func(tx postgres.Tx) (none event.Draft, err error) {
		p, err = postgres.One(ctx, tx, scan, `SELECT `+columns+` FROM payments WHERE id = $1 FOR UPDATE`, id)
		if err != nil {
			return none, known(err)
		}
		before := p
		p.Settle(intent)
		if moved = p != before; !moved {
			return none, nil
		}
		c := p.StripeCharge
		p, err = postgres.One(ctx, tx, scan, `
			UPDATE payments SET status = $2, needs_action = $3, charge_id = $4, charged = $5, currency = $6, charge_status = $7, updated_at = now()
			WHERE id = $1 RETURNING `+columns, id, p.Status, p.NeedsAction, c.ID, c.Amount, c.Currency, c.Status)
		if err != nil || p.Status != event.PaymentSucceeded {
			return none, err
		}
		return event.Of(ctx, event.PaymentCreated, p.Payment)
	})
	return p, seq, moved, err
}

// announcedAt returns the place in the outbox of the news that a payment has succeeded.
func (s store) announcedAt(ctx context.Context, p event.Payment) (int64, error) {
	return postgres.One(ctx, s.db, pgx.RowTo[int64], `
		SELECT seq FROM outbox WHERE type = $1 AND subject = $2 ORDER BY seq DESC LIMIT 1`, string(event.PaymentCreated), p.Subject())
}

// refunded moves a payment that succeeded, and announces it; seq is 0 if it was moved before.
func (s store) refunded(ctx context.Context, id int32) (seq int64, err error) {
	return s.db.Change(ctx, func(tx postgres.Tx) (event.Draft, error) {
		p, err := postgres.One(ctx, tx, scan, `
			UPDATE payments SET status = 'refunded', updated_at = now() WHERE id = $1 AND status = 'succeeded' RETURNING `+columns, id)
		if errors.Is(err, pgx.ErrNoRows) {
			return event.Draft{}, nil // another delivery of the same event was quicker
		}
		if err != nil {
			return event.Draft{}, err
		}
		return event.Of(ctx, event.PaymentRefunded, p.Payment)
	})
}

// claimed is a pending payment that this process looks after for a while.
type claimed struct {
	Payment
	order Order
}

// claimPending returns payments that were last looked at before t, and says that they were looked at now.
func (s store) claimPending(ctx context.Context, t time.Time, limit int) ([]claimed, error) {
	return postgres.All(ctx, s.db, func(row pgx.CollectableRow) (c claimed, err error) {
		o := &c.order
		err = row.Scan(&c.ID, &c.OrderID, &c.Status, &c.CreatedAt, &c.Key, &c.IntentID, &o.ID, &o.UserID, &o.Status, &o.Price, &o.ExpiresAt)
		return c, err
	}, `
		UPDATE payments p SET checked_at = clock_timestamp() FROM orders o
		WHERE o.id = p.order_id AND p.id IN (
			SELECT id FROM payments WHERE status = 'pending' AND checked_at < $1 ORDER BY checked_at LIMIT $2 FOR UPDATE SKIP LOCKED)
		RETURNING p.id, p.order_id, p.status, p.created_at, p.key::text, p.intent_id, o.id, o.user_id, o.status, o.price, o.expires_at`, t, limit)
}

func (s store) copyOrder(ctx context.Context, o event.Order) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO orders (id, user_id, status, price, expires_at, version) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO UPDATE SET status = excluded.status, expires_at = excluded.expires_at, version = excluded.version
		WHERE orders.version < excluded.version`,
		o.ID, o.UserID, o.Status, o.Ticket.Price, o.ExpiresAt, o.Version)
	return err
}

func known(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return errUnknownPayment
	}
	return err
}
