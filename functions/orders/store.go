package orders

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
)

const grace = 2 * time.Second // the scheduler's head start on the sweep

type store struct{ db *postgres.DB }

const columns = `id, user_id, status, expires_at, version, extensions, payment_id, refunded_at, created_at, updated_at,
	ticket_id, ticket_id, ticket_title, ticket_price, ticket_version, ticket_created_at, ticket_updated_at`

func scan(row pgx.CollectableRow) (o Order, err error) {
	t := &o.Ticket
	err = row.Scan(&o.ID, &o.UserID, &o.Status, &o.ExpiresAt, &o.Version, &o.Extensions, &o.PaymentID, &o.RefundedAt, &o.CreatedAt, &o.UpdatedAt,
		&o.TicketID, &t.ID, &t.Title, &t.Price, &t.Version, &t.CreatedAt, &t.UpdatedAt)
	return o, err
}

func scanTicket(row pgx.CollectableRow) (t Ticket, err error) {
	err = row.Scan(&t.ID, &t.Title, &t.Price, &t.UserID, &t.Version, &t.CreatedAt, &t.UpdatedAt)
	return t, err
}

// insert stores the order that reserve makes of a ticket. Whether the ticket is free is the unique index's to say.
func (s store) insert(ctx context.Context, buyer int32, maxOpen int, ticketID int32, reserve func(Ticket) (Order, error)) (o Order, seq int64, err error) {
	seq, err = s.db.Change(ctx, func(tx postgres.Tx) (event.Draft, error) {
		t, err := postgres.One(ctx, tx, scanTicket, `
			SELECT id, title, price, user_id, version, created_at, updated_at FROM tickets WHERE id = $1`, ticketID)
		if errors.Is(err, pgx.ErrNoRows) {
			return event.Draft{}, ErrTicketNotFound
		}
		if err != nil {
			return event.Draft{}, err
		}
		if o, err = reserve(t); err != nil {
			return event.Draft{}, err
		}
		if err := s.belowLimit(ctx, tx, buyer, maxOpen); err != nil {
			return event.Draft{}, err
		}
		o, err = postgres.One(ctx, tx, scan, `
			INSERT INTO orders (user_id, status, expires_at, ticket_id, ticket_title, ticket_price, ticket_version, ticket_created_at, ticket_updated_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (ticket_id) WHERE status <> 'cancelled' DO NOTHING RETURNING `+columns,
			o.UserID, o.Status, o.ExpiresAt, o.TicketID, o.Ticket.Title, o.Ticket.Price, o.Ticket.Version, o.Ticket.CreatedAt, o.Ticket.UpdatedAt)
		if errors.Is(err, pgx.ErrNoRows) {
			return event.Draft{}, ErrReserved
		}
		if err != nil {
			return event.Draft{}, err
		}
		return event.Of(ctx, event.OrderCreated, o.Order)
	})
	return o, seq, err
}

// belowLimit lets one user's new orders pass one at a time, so that none slips past the limit.
func (s store) belowLimit(ctx context.Context, tx postgres.Tx, buyer int32, maxOpen int) error {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(1, $1)`, buyer); err != nil {
		return err
	}
	open, err := postgres.One(ctx, tx, pgx.RowTo[int], `SELECT count(*) FROM orders WHERE user_id = $1 AND status = 'created'`, buyer)
	if err == nil && open >= maxOpen {
		return ErrTooManyOpen
	}
	return err
}

func (s store) get(ctx context.Context, id int32) (Order, error) {
	o, err := postgres.One(ctx, s.db, scan, `SELECT `+columns+` FROM orders WHERE id = $1`, id)
	return o, found(err)
}

func (s store) list(ctx context.Context, userID int32, p function.Paging) ([]Order, error) {
	return postgres.All(ctx, s.db, scan, `SELECT `+columns+` FROM orders
		WHERE user_id = $1 AND ($2 = 0 OR id < $2) ORDER BY id DESC LIMIT $3`, userID, p.After, p.Limit+1)
}

// overdue returns orders that should have expired before t.
func (s store) overdue(ctx context.Context, t time.Time) ([]int32, error) {
	return postgres.All(ctx, s.db, pgx.RowTo[int32], `
		SELECT id FROM orders WHERE status = 'created' AND expires_at < $1 ORDER BY expires_at LIMIT 1000`, t)
}

// open counts the orders that wait for their payment. They have an index of their own.
func (s store) open(ctx context.Context) (int64, error) {
	return postgres.One(ctx, s.db, pgx.RowTo[int64], `SELECT count(*) FROM orders WHERE status = 'created'`)
}

// update stores what move makes of an order, as its next version; nothing if it makes nothing of it.
// Beside an error of move's it returns the order as it is.
func (s store) update(ctx context.Context, id int32, move func(*Order) error) (o Order, seq int64, err error) {
	seq, err = s.db.Change(ctx, func(tx postgres.Tx) (event.Draft, error) {
		o, err = postgres.One(ctx, tx, scan, `SELECT `+columns+` FROM orders WHERE id = $1 FOR UPDATE`, id)
		if err != nil {
			return event.Draft{}, found(err)
		}
		before := o
		if err := move(&o); err != nil || o == before {
			return event.Draft{}, err
		}
		o, err = postgres.One(ctx, tx, scan, `
			UPDATE orders SET status = $2, expires_at = $3, extensions = $4, payment_id = $5, refunded_at = $6,
				version = version + 1, updated_at = now()
			WHERE id = $1 RETURNING `+columns, id, o.Status, o.ExpiresAt, o.Extensions, o.PaymentID, o.RefundedAt)
		if err != nil {
			return event.Draft{}, err
		}
		return event.Of(ctx, event.OrderUpdated, o.Order)
	})
	return o, seq, err
}

// rejectPayment announces a rejected payment, the first time only: seq is 0 the other times.
func (s store) rejectPayment(ctx context.Context, r event.PaymentRejected) (seq int64, err error) {
	return s.db.Change(ctx, func(tx postgres.Tx) (event.Draft, error) {
		tag, err := tx.Exec(ctx, `INSERT INTO rejected_payments (payment_id) VALUES ($1) ON CONFLICT DO NOTHING`, r.PaymentID)
		if err != nil || tag.RowsAffected() == 0 {
			return event.Draft{}, err
		}
		return event.Of(ctx, event.OrderPaymentRejected, r)
	})
}

func (s store) copyTicket(ctx context.Context, t event.Ticket) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO tickets (id, title, price, user_id, version, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO UPDATE SET title = excluded.title, price = excluded.price, version = excluded.version, updated_at = excluded.updated_at
		WHERE tickets.version < excluded.version`,
		t.ID, t.Title, t.Price, t.UserID, t.Version, t.CreatedAt, t.UpdatedAt)
	return err
}

func found(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrNotFound
	}
	return err
}
