package tickets

import (
	"context"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
)

// CreateTicket offers a ticket of the signed-in user.
//
// Errors: ErrInvalidTitle, ErrInvalidPrice, ErrTooManyTickets; those of AboutOffer.
func (t *Tickets) CreateTicket(ctx context.Context, offer Offer) (Reply, error) {
	var ticket Ticket
	var about event.About
	if err := offer.apply(&about, t.now()); err != nil {
		return Reply{}, err
	}
	seq, err := t.db.ChangeInTurn(ctx, session.User(ctx), func(tx postgres.Tx) (none event.Draft, err error) {
		if err := t.limits.offer(ctx, tx, session.User(ctx)); err != nil {
			return none, err
		}
		ticket, err = postgres.One(ctx, tx, scan, `
			INSERT INTO tickets (title, price, user_id, description, starts_at, time_zone, venue, category) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING `+columns,
			string(offer.Title), offer.price, session.User(ctx), about.Description, about.StartsAt, about.TimeZone, about.Venue, about.Category)
		if err != nil {
			return none, err
		}
		return event.Of(ctx, event.TicketCreated, ticket.Ticket)
	})
	return Reply{Message: "Ticket created.", Ticket: ticket, Seq: seq}, err
}
