package tickets

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
)

const (
	columns = `id, title, price, user_id, order_id, sold, withdrawn, description, starts_at, time_zone, venue, category, version, created_at, updated_at`
	// listed are those of a ticket in a list, without what may be long.
	listed = `id, title, price, user_id, order_id, sold, withdrawn, '' AS description, starts_at, time_zone, venue, category, version, created_at, updated_at`
)

func scan(row pgx.CollectableRow) (t Ticket, err error) {
	var sold bool
	err = row.Scan(&t.ID, &t.Title, &t.Price, &t.UserID, &t.OrderID, &sold, &t.Withdrawn, &t.Description, &t.StartsAt, &t.TimeZone, &t.Venue, &t.Category, &t.Version, &t.CreatedAt, &t.UpdatedAt)
	t.settle(sold)
	t.freed = sold && t.OrderID == nil
	return t, err
}

// lockTicket returns a ticket that no other transaction can change until tx ends. Errors: ErrNotFound.
func lockTicket(ctx context.Context, tx postgres.Tx, id int32) (Ticket, error) {
	t, err := postgres.One(ctx, tx, scan, `SELECT `+columns+` FROM tickets WHERE id = $1 FOR UPDATE`, id)
	return t, postgres.NoRows(err, ErrNotFound)
}

// lockTickets returns those tickets that are there, by their ids, in the order of which they are locked.
func lockTickets(ctx context.Context, tx postgres.Tx, ids ...int32) ([]Ticket, error) {
	return postgres.All(ctx, tx, scan, `SELECT `+columns+` FROM tickets WHERE id = ANY ($1) ORDER BY id FOR UPDATE`, ids)
}

// saveTicket stores a locked ticket as its next version, of which it is noted whether its event has begun, and returns the event that says so.
func saveTicket(ctx context.Context, tx postgres.Tx, t *Ticket, now time.Time) (_ event.Draft, err error) {
	*t, err = postgres.One(ctx, tx, scan, `
		UPDATE tickets SET title = $2, price = $3, order_id = $4, sold = $5, withdrawn = $6,
			description = $7, starts_at = $8, time_zone = $9, venue = $10, category = $11, over = coalesce($8 <= $12::timestamptz, false), version = version + 1, updated_at = now()
		WHERE id = $1 RETURNING `+columns, t.ID, t.Title, t.Price, t.OrderID, t.Status == event.TicketIsSold, t.Withdrawn,
		t.Description, t.StartsAt, t.TimeZone, t.Venue, t.Category, now)
	if err != nil {
		return event.Draft{}, err
	}
	return event.Of(ctx, event.TicketUpdated, t.Ticket)
}

// saveHolders stores who holds locked tickets, and whether they are withdrawn, as their next versions, and returns the events that say so, each in the context of its cause.
// The attachment of a ticket whose sale ends is deleted: its buyer has read it.
func saveHolders(ctx context.Context, tx postgres.Tx, tickets []Ticket, causes map[int32]context.Context) (events []event.Draft, err error) {
	if len(tickets) == 0 {
		return nil, nil
	}
	saved, err := postgres.All(ctx, tx, scan, `
		WITH held AS (SELECT * FROM unnest($1::int[], $2::int[], $3::bool[], $4::bool[]) AS held (ticket, holder, paid, gone)), read AS (
			DELETE FROM attachments a USING tickets t, held WHERE a.ticket_id = ticket AND t.id = ticket AND t.sold AND t.order_id <> coalesce(holder, 0))
		UPDATE tickets SET order_id = holder, sold = paid, withdrawn = gone, version = version + 1, updated_at = now() FROM held WHERE id = ticket RETURNING `+columns,
		postgres.Columns(tickets, func(t Ticket) []any { return []any{t.ID, t.OrderID, t.Status == event.TicketIsSold, t.Withdrawn} })...)
	for _, t := range saved {
		draft, err := event.Of(causes[t.ID], event.TicketUpdated, t.Ticket)
		if err != nil {
			return nil, err
		}
		events = append(events, draft)
	}
	return events, err
}
