package payments

import (
	"context"

	"github.com/gittix/ticketing/shared/event"
)

// CopyOrder keeps the newest version of an order. Errors: apierror.Unavailable.
func (p *Payments) CopyOrder(ctx context.Context, o event.Order) error {
	_, err := p.db.Exec(ctx, `
		INSERT INTO orders (id, user_id, status, price, expires_at, version, held_until, awaited_payment_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (id) DO UPDATE SET status = excluded.status, expires_at = excluded.expires_at, version = excluded.version,
			held_until = excluded.held_until, awaited_payment_id = excluded.awaited_payment_id
		WHERE orders.version < excluded.version`,
		o.ID, o.UserID, o.Status, o.Ticket.Price, o.ExpiresAt, o.Version, o.HeldUntil, o.AwaitedPaymentID)
	if err == nil {
		p.db.Copies("orders").Arrived(o.ID)
	}
	return err
}
