package payments

import (
	"context"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
)

// CopyOrder keeps the newest versions of orders. Errors: apierror.Unavailable.
func (p *Payments) CopyOrder(ctx context.Context, orders []event.Order) error {
	_, err := p.db.Exec(ctx, `
		WITH copied AS (
		INSERT INTO orders (id, user_id, status, price, expires_at, version, held_until, awaited_payment_id)
		SELECT DISTINCT ON (id) * FROM unnest($1::int[], $2::int[], $3::text[], $4::bigint[], $5::timestamptz[], $6::int[], $7::timestamptz[], $8::int[])
			AS news (id, user_id, status, price, expires_at, version, held_until, awaited_payment_id) ORDER BY id, version DESC
		ON CONFLICT (id) DO UPDATE SET status = excluded.status, expires_at = excluded.expires_at, version = excluded.version,
			held_until = excluded.held_until, awaited_payment_id = excluded.awaited_payment_id
		WHERE orders.version < excluded.version RETURNING id, status)
		UPDATE payments SET kept = false FROM copied WHERE order_id = copied.id AND copied.status = 'cancelled' AND kept -- by its seller, after it was paid`,
		postgres.Columns(orders, func(o event.Order) []any {
			return []any{o.ID, o.UserID, o.Status, o.Ticket.Price, o.ExpiresAt, o.Version, o.HeldUntil, o.AwaitedPaymentID}
		})...)
	for _, o := range orders {
		if err == nil {
			p.db.Copies("orders").Arrived(o.ID)
		}
	}
	return err
}
