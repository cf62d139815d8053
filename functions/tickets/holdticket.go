package tickets

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
)

// HoldTicket notes an order's newest state: its ticket is held while any order of it is not cancelled.
//
// A cancellation that comes before its order, or an older order's that comes late, is still noted,
// and so frees nothing that another order holds.
func (t *Tickets) HoldTicket(ctx context.Context, order event.Order) error {
	_, err := t.db.Change(ctx, func(tx postgres.Tx) (none event.Draft, err error) {
		ticket, err := lockTicket(ctx, tx, order.TicketID) // first: the orders of one ticket are noted one after another
		if errors.Is(err, ErrNotFound) {
			return none, function.Reject(fmt.Errorf("order %d holds ticket %d, which does not exist", order.ID, order.TicketID))
		}
		if err != nil {
			return none, err
		}
		if err := noteOrder(ctx, tx, order); err != nil {
			return none, err
		}
		holder, err := holderOf(ctx, tx, ticket.ID)
		if err != nil || !ticket.Hold(holder) {
			return none, err
		}
		return saveTicket(ctx, tx, &ticket)
	})
	return err
}

// noteOrder stores an order's state, unless the same or a newer version of it is stored.
func noteOrder(ctx context.Context, tx postgres.Tx, o event.Order) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO holds (order_id, ticket_id, version, live) VALUES ($1, $2, $3, $4)
		ON CONFLICT (order_id) DO UPDATE SET version = excluded.version, live = excluded.live
		WHERE holds.version < excluded.version`,
		o.ID, o.TicketID, o.Version, o.Status != event.OrderIsCancelled)
	return err
}

// holderOf returns the newest order of a ticket that is not cancelled, or nil.
func holderOf(ctx context.Context, tx postgres.Tx, ticketID int32) (*int32, error) {
	return postgres.One(ctx, tx, pgx.RowTo[*int32], `SELECT max(order_id) FROM holds WHERE ticket_id = $1 AND live`, ticketID)
}
