package orders

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
)

func (o *Orders) restore() *function.Restore {
	return &function.Restore{
		Begin: func(ctx context.Context) error {
			err := o.db.BeginRestore(ctx, "tickets")
			if err == nil { // tickets may have lost that one was withdrawn, but is told again what orders has withdrawn
				_, err = o.db.Exec(ctx, `UPDATE tickets SET withdrawn = false WHERE withdrawn AND id NOT IN (SELECT ticket_id FROM orders WHERE withdrawn)`)
			}
			return err
		},
		Announce: func(ctx context.Context, since time.Time) (int64, error) {
			return postgres.Announced[Order]{Table: "orders", Columns: columns, Scan: scan, Event: func(ctx context.Context, o Order) (event.Draft, error) {
				return event.Of(ctx, event.OrderUpdated, o.Order)
			}}.Announce(ctx, o.db, since)
		},
		Arrived: func(ctx context.Context) error { return o.db.Arrived(ctx, "tickets") },
		End:     o.forgetLost,
	}
}

// forgetLost deletes the copies of tickets that were lost, so that they cannot be ordered any more. Those with an order that was paid or is
// open stay, as withdrawn ones: an order that is paid, or will be by a payment that is found later, has a pass, and may be refunded.
func (o *Orders) forgetLost(ctx context.Context, _ time.Time, act bool) (did []string, err error) {
	lost, err := postgres.All(ctx, o.db, pgx.RowTo[int32], `SELECT id FROM tickets WHERE version = $1 ORDER BY id`, postgres.Unconfirmed)
	for _, id := range lost {
		did = append(did, fmt.Sprintf("ticket %d is lost, and cannot be ordered any more", id))
	}
	if err == nil && act {
		_, err = o.db.Exec(ctx, `
			WITH ordered AS (UPDATE tickets SET version = 0, withdrawn = true
				WHERE id = ANY($1) AND version = $2 AND EXISTS (SELECT FROM orders WHERE ticket_id = tickets.id AND (payment_id IS NOT NULL OR status <> 'cancelled')))
			DELETE FROM tickets WHERE id = ANY($1) AND version = $2 AND NOT EXISTS (SELECT FROM orders WHERE ticket_id = tickets.id AND (payment_id IS NOT NULL OR status <> 'cancelled'))`, lost, postgres.Unconfirmed)
	}
	return did, err
}
