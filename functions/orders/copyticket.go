package orders

import (
	"context"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
)

// CopyTicket stores tickets, each unless the same or a newer version of it is stored. What versions of this service that knew less have left out of
// the same one is added. A ticket that is withdrawn stays so.
func (o *Orders) CopyTicket(ctx context.Context, tickets []event.Ticket) error {
	_, err := o.db.Exec(ctx, `
		INSERT INTO tickets (id, title, price, user_id, version, created_at, updated_at, withdrawn, starts_at)
		SELECT DISTINCT ON (id) * FROM unnest($1::int[], $2::text[], $3::bigint[], $4::int[], $5::int[], $6::timestamptz[], $7::timestamptz[], $8::bool[], $9::timestamptz[])
			AS news (id, title, price, user_id, version, created_at, updated_at, withdrawn, starts_at) ORDER BY id, version DESC
		ON CONFLICT (id) DO UPDATE SET title = excluded.title, price = excluded.price, version = excluded.version, updated_at = excluded.updated_at,
			withdrawn = tickets.withdrawn OR excluded.withdrawn, starts_at = excluded.starts_at
		WHERE tickets.version < excluded.version OR tickets.version = excluded.version AND
			(tickets.withdrawn, tickets.starts_at) IS DISTINCT FROM (tickets.withdrawn OR excluded.withdrawn, excluded.starts_at)`,
		postgres.Columns(tickets, func(t event.Ticket) []any {
			return []any{t.ID, t.Title, t.Price, t.UserID, t.Version, t.CreatedAt, t.UpdatedAt, t.Withdrawn, t.StartsAt}
		})...)
	for _, t := range tickets {
		if err == nil {
			o.db.Copies("tickets").Arrived(t.ID)
		}
	}
	return err
}
