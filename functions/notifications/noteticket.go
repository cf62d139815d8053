package notifications

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
)

// ticket is the copy of one.
type ticket struct {
	ID, UserID int32
	Status     event.TicketStatus
	Withdrawn  bool
	Released   int32
	StartsAt   *time.Time // of its event, where that is known
	Version    int32
	known      bool
}

// over reports whether the ticket cannot be ordered any more. One that is sold may be refunded.
func (t ticket) over(now time.Time) bool {
	return t.Withdrawn || t.StartsAt != nil && !now.Before(*t.StartsAt)
}

// NoteTicket keeps the newest versions of tickets. It tells the seller that one is sold, and those who wait for it that it is free again: the
// first at once, the others five minutes later, if it is then. Once it is withdrawn, its waiting list ends.
func (n *Notifications) NoteTicket(ctx context.Context, t event.Ticket) error {
	err := n.transaction(ctx, func(tx postgres.Tx) error {
		before, err := lockTicket(ctx, tx, t.ID)
		if err != nil {
			return err
		}
		newer := !before.known || before.Version < t.Version
		news := newer && n.isNews(t.UpdatedAt.Time)
		after := ticket{ID: t.ID, UserID: t.UserID, Status: t.Status, Withdrawn: t.Withdrawn || t.Status == event.TicketIsWithdrawn, Version: t.Version}
		free := t.Status == event.TicketIsAvailable
		switch {
		case free && before.known && before.Status != event.TicketIsAvailable:
			after.Released = t.Version
		case free:
			after.Released = before.Released
		}
		if err := saveTicket(ctx, tx, after, t.About); err != nil {
			return err
		}
		data := ticketData{t.ID, t.Title, t.Price, after.Released, event.About{StartsAt: t.StartsAt, TimeZone: t.TimeZone, Venue: t.Venue}}
		if t.Status == event.TicketIsSold && t.OrderID != nil {
			key := fmt.Sprintf("%s/ticket/%d/order/%d", soldKind, t.ID, *t.OrderID)
			if err := n.queue(ctx, tx, message{mailChannel, toUser(t.UserID), soldKind, key, data, time.Time{}}, news && before.Status != event.TicketIsSold); err != nil {
				return err
			}
		}
		if err := n.tellPrograms(ctx, tx, t.UserID, t.Version, t, webhookMessage{Type: ticketEvent(before, t), Timestamp: t.UpdatedAt}, news); err != nil {
			return err
		}
		switch {
		case newer && after.Withdrawn:
			_, err = tx.Exec(ctx, `DELETE FROM waiting WHERE ticket_id = $1`, t.ID)
		case news && free && after.Released == t.Version:
			err = n.tellWaiting(ctx, tx, data, t.Version)
		}
		return err
	})
	if err == nil {
		n.db.Copies("tickets").Arrived(t.ID)
	}
	return err
}

func scanTicket(row pgx.CollectableRow) (t ticket, err error) {
	t.known = true
	return t, row.Scan(&t.ID, &t.UserID, &t.Status, &t.Withdrawn, &t.Released, &t.StartsAt, &t.Version)
}

// lockTicket returns the copy of a ticket, locked until tx ends; not known, if there is none.
func lockTicket(ctx context.Context, tx postgres.Tx, id int32) (ticket, error) {
	t, err := postgres.One(ctx, tx, scanTicket, `SELECT id, user_id, status, over, released, starts_at, version FROM tickets WHERE id = $1 FOR UPDATE`, id)
	return t, postgres.NoRows(err, nil)
}

// saveTicket stores a ticket, unless the same or a newer version of it is.
func saveTicket(ctx context.Context, tx postgres.Tx, t ticket, about event.About) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO tickets (id, user_id, status, over, released, starts_at, time_zone, venue, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (id) DO UPDATE SET status = excluded.status, over = excluded.over, released = excluded.released, starts_at = excluded.starts_at,
			time_zone = excluded.time_zone, venue = excluded.venue, version = excluded.version
		WHERE tickets.version < excluded.version`, t.ID, t.UserID, string(t.Status), t.Withdrawn, t.Released, about.StartsAt, about.TimeZone, about.Venue, t.Version)
	return err
}

// aboutTicket returns when and where a ticket is for, as far as it is known.
func aboutTicket(ctx context.Context, q postgres.Querier, id int32) (event.About, error) {
	about, err := postgres.One(ctx, q, func(row pgx.CollectableRow) (a event.About, err error) {
		return a, row.Scan(&a.StartsAt, &a.TimeZone, &a.Venue)
	}, `SELECT starts_at, time_zone, venue FROM tickets WHERE id = $1`, id)
	return about, postgres.NoRows(err, nil)
}
