package tickets

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
)

func (t *Tickets) restore() *function.Restore {
	return &function.Restore{
		Begin: func(ctx context.Context) error {
			err := t.db.BeginRestore(ctx, "holds")
			if err == nil { // orders may have lost that one was paid
				_, err = t.db.Exec(ctx, `UPDATE holds SET paid = false WHERE paid`)
			}
			return err
		},
		Announce: func(ctx context.Context, since time.Time) (int64, error) {
			return postgres.Announced[Ticket]{Table: "tickets", Columns: columns, Scan: scan, Event: func(ctx context.Context, t Ticket) (event.Draft, error) {
				return event.Of(ctx, event.TicketUpdated, t.Ticket)
			}}.Announce(ctx, t.db, since)
		},
		Arrived: func(ctx context.Context) error { return t.db.Arrived(ctx, "holds") },
		End:     t.freeLost,
	}
}

// freeLost frees the tickets of orders that were lost.
func (t *Tickets) freeLost(ctx context.Context, _ time.Time, act bool) ([]string, error) {
	type hold struct{ OrderID, TicketID int32 }
	lost, err := postgres.All(ctx, t.db, pgx.RowToStructByPos[hold], `SELECT order_id, ticket_id FROM holds WHERE version = $1 ORDER BY order_id`, postgres.Unconfirmed)
	var did []string
	for _, h := range lost {
		did = append(did, fmt.Sprintf("ticket %d: order %d, which is lost, holds it no more", h.TicketID, h.OrderID))
		if !act {
			continue
		}
		if _, err := t.db.ChangeMany(ctx, func(tx postgres.Tx) ([]event.Draft, error) {
			ticket, err := lockTicket(ctx, tx, h.TicketID)
			if err != nil {
				return nil, err
			}
			if _, err := tx.Exec(ctx, `DELETE FROM holds WHERE order_id = $1 AND version = $2`, h.OrderID, postgres.Unconfirmed); err != nil {
				return nil, err
			}
			holders, err := holdersOf(ctx, tx, ticket.ID)
			if err != nil || !ticket.Hold(holders[ticket.ID]) {
				return nil, err
			}
			return saveHolders(ctx, tx, []Ticket{ticket}, map[int32]context.Context{ticket.ID: ctx})
		}); err != nil {
			return did, err
		}
	}
	return did, err
}
