package notifications

import (
	"context"
	"time"

	"github.com/gittix/ticketing/shared/postgres"
)

const (
	keptFor = postgres.Retention + 16*24*time.Hour // what has ended: longer than its event can come again by itself
	batch   = 1000
)

// SweepDeliveries deletes what ended more than a month ago, the waiting lists of tickets whose event has begun, and the answers to requests with an Idempotency-Key that are older than a day.
func (n *Notifications) SweepDeliveries(ctx context.Context) error {
	if err := n.db.SweepOutbox(ctx); err != nil {
		return err
	}
	if _, err := n.db.Exec(ctx, `DELETE FROM waiting USING tickets WHERE id = ticket_id AND starts_at <= $1`, n.now()); err != nil {
		return err
	}
	for {
		tag, err := n.db.Exec(ctx, `DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE ended_at < $1 LIMIT $2)`, n.now().Add(-keptFor), batch)
		if err != nil || tag.RowsAffected() < batch {
			return err
		}
	}
}
