package orders

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
)

const columns = `id, user_id, status, expires_at, held_until, awaited_payment_id, version, extensions, payment_id, paid_at, noted_payment_id, noted_version, paying, refunded_at, refund, refunded, dispute, refunded_by, withdrawn, created_at, updated_at,
	ticket_id, ticket_id, ticket_title, ticket_price, ticket_version, ticket_created_at, ticket_updated_at`

func scan(row pgx.CollectableRow) (o Order, err error) {
	t := &o.Ticket
	err = row.Scan(&o.ID, &o.UserID, &o.Status, &o.ExpiresAt, &o.HeldUntil, &o.AwaitedPaymentID, &o.Version, &o.Extensions, &o.PaymentID, &o.PaidAt, &o.NotedPaymentID, &o.NotedVersion, &o.Paying, &o.RefundedAt, &o.Refund, &o.Refunded, &o.Dispute, &o.RefundedBy, &o.Withdrawn, &o.CreatedAt, &o.UpdatedAt,
		&o.TicketID, &t.ID, &t.Title, &t.Price, &t.Version, &t.CreatedAt, &t.UpdatedAt)
	return o, err
}

const ticketColumns = `id, title, price, user_id, version, created_at, updated_at, withdrawn, starts_at`

// findTicket returns the copy of a ticket. Errors: ErrTicketNotFound.
func findTicket(ctx context.Context, q postgres.Querier, id int32) (Ticket, error) {
	t, err := postgres.One(ctx, q, scanTicket, `SELECT `+ticketColumns+`, EXISTS (`+taken+`) FROM tickets WHERE id = $1`, id)
	return t, postgres.NoRows(err, ErrTicketNotFound)
}

func scanTicket(row pgx.CollectableRow) (t Ticket, err error) {
	err = row.Scan(&t.ID, &t.Title, &t.Price, &t.UserID, &t.Version, &t.CreatedAt, &t.UpdatedAt, &t.Withdrawn, &t.StartsAt, &t.Taken)
	return t, err
}

const taken = `SELECT FROM orders WHERE ticket_id = $1 AND status <> 'cancelled'`

// lockFree returns the copy of a ticket that no order holds, and keeps it as it is, and from other new orders, until tx ends: those who want
// it at the same moment come one after the other, and who comes late finds it taken. Errors: ErrReserved.
func lockFree(ctx context.Context, tx postgres.Tx, ticketID int32) (Ticket, error) {
	t, err := postgres.One(ctx, tx, scanTicket, `SELECT `+ticketColumns+`, false FROM tickets WHERE id = $1 AND NOT EXISTS (`+taken+`) FOR NO KEY UPDATE`, ticketID)
	return t, postgres.NoRows(err, ErrReserved)
}

// insertOrder stores a new order of a seller's ticket that is locked, and returns it with its id. An id is taken only for an order that is
// stored; the unique index is the last judge. Errors: ErrReserved.
func insertOrder(ctx context.Context, tx postgres.Tx, o Order, seller int32) (Order, error) {
	stored, err := postgres.One(ctx, tx, scan, `
		INSERT INTO orders (ticket_id, user_id, status, expires_at, ticket_title, ticket_price, ticket_version, ticket_created_at, ticket_updated_at, seller_id)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 WHERE NOT EXISTS (`+taken+`)
		ON CONFLICT (ticket_id) WHERE status <> 'cancelled' DO NOTHING RETURNING `+columns,
		o.TicketID, o.UserID, o.Status, o.ExpiresAt, o.Ticket.Title, o.Ticket.Price, o.Ticket.Version, o.Ticket.CreatedAt, o.Ticket.UpdatedAt, seller)
	return stored, postgres.NoRows(err, ErrReserved)
}

// lockOrder returns an order that no other transaction can change until tx ends. Errors: ErrNotFound.
func lockOrder(ctx context.Context, tx postgres.Tx, id int32) (Order, error) {
	o, err := postgres.One(ctx, tx, scan, `SELECT `+columns+` FROM orders WHERE id = $1 FOR UPDATE`, id)
	return o, postgres.NoRows(err, ErrNotFound)
}

// lockOrders returns those orders that are there, by their ids, in the order of which they are locked.
func lockOrders(ctx context.Context, tx postgres.Tx, ids []int32) ([]Order, error) {
	return postgres.All(ctx, tx, scan, `SELECT `+columns+` FROM orders WHERE id = ANY ($1) ORDER BY id FOR UPDATE`, ids)
}

// saveOrder stores a locked order as its next version, and returns the event that says so. If it is as it was
// stored, there is neither.
func saveOrder(ctx context.Context, tx postgres.Tx, o *Order) (event.Draft, error) {
	saved, drafts, err := saveOrders(ctx, tx, []Order{*o}, nil)
	if err != nil || len(saved) == 0 {
		return event.Draft{}, err
	}
	*o = saved[0]
	return drafts[0], nil
}

// saveOrders is saveOrder for several, in one round trip. It returns those that are not as they were stored, and the event of each, in the
// context of its cause, or ctx.
func saveOrders(ctx context.Context, tx postgres.Tx, orders []Order, causes map[int32]context.Context) (saved []Order, drafts []event.Draft, err error) {
	if len(orders) == 0 {
		return nil, nil, nil
	}
	var b pgx.Batch
	for _, o := range orders {
		b.Queue(`
		UPDATE orders SET status = $2, expires_at = $3, extensions = $4, payment_id = $5, noted_payment_id = $6, noted_version = $7,
			refunded_at = $8, refund = $9, refunded = $10, dispute = $11, held_until = $12, awaited_payment_id = $13, paying = $14, refunded_by = $15, paid_at = $16, withdrawn = $17,
			version = version + 1, updated_at = clock_timestamp() -- when it was decided, not when the transaction began
		WHERE id = $1 AND (status, expires_at, extensions, payment_id, noted_payment_id, noted_version, refunded_at, refund, refunded, dispute,
			held_until, awaited_payment_id, paying, refunded_by, paid_at, withdrawn) IS DISTINCT FROM ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
		RETURNING `+columns, o.ID, o.Status, o.ExpiresAt, o.Extensions, o.PaymentID, o.NotedPaymentID, o.NotedVersion,
			o.RefundedAt, o.Refund, o.Refunded, o.Dispute, o.HeldUntil, o.AwaitedPaymentID, o.Paying, o.RefundedBy, o.PaidAt, o.Withdrawn).Query(func(rows pgx.Rows) error {
			changed, err := pgx.CollectRows(rows, scan)
			saved = append(saved, changed...)
			return err
		})
	}
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return nil, nil, err
	}
	for _, o := range saved {
		cause, ok := causes[o.ID]
		if !ok {
			cause = ctx
		}
		draft, err := event.Of(cause, event.OrderUpdated, o.Order)
		if err != nil {
			return nil, nil, err
		}
		drafts = append(drafts, draft)
	}
	return saved, drafts, nil
}

// saveNoted stores what a locked order knows of its newest payment.
func saveNoted(ctx context.Context, tx postgres.Tx, o Order) error {
	_, err := tx.Exec(ctx, `UPDATE orders SET noted_payment_id = $2, noted_version = $3, paying = $4
		WHERE id = $1 AND (noted_payment_id, noted_version, paying) IS DISTINCT FROM ($2, $3, $4)`,
		o.ID, o.NotedPaymentID, o.NotedVersion, o.Paying)
	return err
}

// insertRejection records that a payment is rejected, and reports whether that is its first record.
func insertRejection(ctx context.Context, tx postgres.Tx, paymentID int32) (bool, error) {
	tag, err := tx.Exec(ctx, `INSERT INTO rejected_payments (payment_id) VALUES ($1) ON CONFLICT DO NOTHING`, paymentID)
	return tag.RowsAffected() == 1, err
}

// rejectUnknown rejects an event that is about an order that does not exist.
func rejectUnknown(err error) error {
	if errors.Is(err, ErrNotFound) {
		return function.Reject(err)
	}
	return err
}
