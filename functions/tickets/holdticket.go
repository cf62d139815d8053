package tickets

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
)

// HoldTicket notes the newest states of orders: a ticket is held while any order of it is not cancelled, and sold once that one is paid. It is withdrawn
// for good where any version of an order says that its seller has done so with the refund.
//
// A cancellation that comes before its order, or an older order's that comes late, is still noted,
// and so frees nothing that another order holds.
func (t *Tickets) HoldTicket(ctx context.Context, orders []event.Order) error {
	_, err := t.db.ChangeMany(ctx, func(tx postgres.Tx) ([]event.Draft, error) {
		var ids []int32
		causes := map[int32]context.Context{}
		for i, o := range orders {
			ids = append(ids, o.TicketID)
			causes[o.TicketID] = function.Cause(ctx, i)
		}
		tickets, err := lockTickets(ctx, tx, ids...) // first: the orders of one ticket are noted one after another
		if err != nil {
			return nil, err
		}
		if err := noteOrders(ctx, tx, orders); err != nil {
			return nil, err
		}
		holders, err := holdersOf(ctx, tx, ids...)
		if err != nil {
			return nil, err
		}
		for _, o := range orders {
			if o.Withdrawn {
				h := holders[o.TicketID]
				h.Withdrawn = true
				holders[o.TicketID] = h
			}
		}
		known := map[int32]bool{}
		var changed []Ticket
		for _, ticket := range tickets {
			known[ticket.ID] = true
			if ticket.Hold(holders[ticket.ID]) {
				changed = append(changed, ticket)
			}
		}
		for _, o := range orders {
			if !known[o.TicketID] {
				return nil, function.Reject(fmt.Errorf("order %d holds ticket %d, which does not exist", o.ID, o.TicketID))
			}
		}
		return saveHolders(ctx, tx, changed, causes)
	})
	return err
}

// noteOrders stores the states of orders, each unless the same or a newer version of it is stored. That an order is paid is noted whichever
// version says so, since it stays so: versions of this service that did not note it have stored the newest ones.
func noteOrders(ctx context.Context, tx postgres.Tx, orders []event.Order) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO holds (order_id, ticket_id, version, live, paid, user_id, refunded)
		SELECT DISTINCT ON (order_id) order_id, ticket_id, version, live, bool_or(paid) OVER (PARTITION BY order_id), user_id, refunded
		FROM unnest($1::int[], $2::int[], $3::int[], $4::bool[], $5::bool[], $6::int[], $7::bool[])
			AS news (order_id, ticket_id, version, live, paid, user_id, refunded) ORDER BY order_id, version DESC
		ON CONFLICT (order_id) DO UPDATE SET version = greatest(holds.version, excluded.version), paid = holds.paid OR excluded.paid,
			live = CASE WHEN holds.version < excluded.version THEN excluded.live ELSE holds.live END, user_id = excluded.user_id,
			refunded = CASE WHEN holds.version <= excluded.version THEN excluded.refunded ELSE holds.refunded END
		WHERE holds.version < excluded.version OR excluded.paid AND NOT holds.paid OR holds.user_id IS NULL
			OR holds.version = excluded.version AND excluded.refunded <> holds.refunded`,
		postgres.Columns(orders, func(o event.Order) []any {
			return []any{o.ID, o.TicketID, o.Version, o.Status != event.OrderIsCancelled, o.Status == event.OrderIsComplete, o.UserID, isRefunded(o)}
		})...)
	return err
}

// isRefunded reports whether the money of an order went back, or is to.
func isRefunded(o event.Order) bool {
	return o.RefundedAt != nil || o.Refund == event.RefundOwed || o.Refund == event.RefundPending
}

// holdersOf returns the newest order of each ticket that is not cancelled, where there is one.
func holdersOf(ctx context.Context, tx postgres.Tx, tickets ...int32) (map[int32]Holder, error) {
	type held struct {
		Ticket int32
		Holder
	}
	all, err := postgres.All(ctx, tx, func(row pgx.CollectableRow) (h held, err error) {
		return h, row.Scan(&h.Ticket, &h.Order, &h.Paid)
	}, `SELECT DISTINCT ON (ticket_id) ticket_id, order_id, paid FROM holds WHERE ticket_id = ANY ($1) AND live ORDER BY ticket_id, order_id DESC`, tickets)
	holders := map[int32]Holder{}
	for _, h := range all {
		holders[h.Ticket] = h.Holder
	}
	return holders, err
}
