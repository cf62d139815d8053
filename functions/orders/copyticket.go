package orders

import (
	"context"

	"github.com/gittix/ticketing/shared/event"
)

// CopyTicket stores a ticket, unless the same or a newer version of it is stored.
func (o *Orders) CopyTicket(ctx context.Context, t event.Ticket) error {
	_, err := o.db.Exec(ctx, `
		INSERT INTO tickets (id, title, price, user_id, version, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO UPDATE SET title = excluded.title, price = excluded.price, version = excluded.version, updated_at = excluded.updated_at
		WHERE tickets.version < excluded.version`,
		t.ID, t.Title, t.Price, t.UserID, t.Version, t.CreatedAt, t.UpdatedAt)
	if err == nil {
		o.db.Copies("tickets").Arrived(t.ID)
	}
	return err
}
