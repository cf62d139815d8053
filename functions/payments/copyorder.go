package payments

import (
	"context"

	"github.com/gittix/ticketing/shared/event"
)

// CopyOrder keeps the newest version of an order. Errors: apierror.Unavailable.
func (p *Payments) CopyOrder(ctx context.Context, o event.Order) error {
	_, err := p.db.Exec(ctx, `
		INSERT INTO orders (id, user_id, status, price, expires_at, version) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO UPDATE SET status = excluded.status, expires_at = excluded.expires_at, version = excluded.version
		WHERE orders.version < excluded.version`,
		o.ID, o.UserID, o.Status, o.Ticket.Price, o.ExpiresAt, o.Version)
	if err == nil {
		p.db.Copies("orders").Arrived(o.ID)
	}
	return err
}
