package systemtest

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/gittix/ticketing/shared/api"
)

// Seen is what one answer said of a ticket's reservation. It was true at some moment between Asked and Answered.
type Seen struct {
	What            string // Placed, Taken, Open, Ended or GivenBack
	Ticket, Order   int32  // no order: Taken
	Asked, Answered time.Time
}

// What an answer may say.
const (
	Placed    = "placed"     // the order has been made
	Taken     = "taken"      // some order holds the ticket
	Open      = "open"       // the order holds the ticket
	Ended     = "ended"      // the order holds it no more
	GivenBack = "given back" // nothing: the order may have been cancelled by its buyer, or will be
)

// History returns all that was seen so far.
func (c *Clients) History() []Seen {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.history)
}

// saw records an answer that has just come.
func (c *Clients) saw(what string, ticket, order int32, asked time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.history = append(c.history, Seen{what, ticket, order, asked, time.Now()})
}

// place orders a ticket. Errors: as those of try.
func (b *trader) place(ctx context.Context, ticket int32) (order int32, done bool, err error) {
	done, err = b.clients.try(ctx, func(ctx context.Context) error {
		asked := time.Now()
		placed, err := b.PlaceOrder(ctx, ticket)
		switch order = placed.ID; {
		case err == nil:
			b.clients.saw(Placed, ticket, order, asked)
		case errors.Is(err, api.ErrTicketTaken):
			b.clients.saw(Taken, ticket, 0, asked)
		}
		return err
	}, api.ErrTicketTaken, api.ErrTooManyOpen)
	if done {
		b.placed = append(b.placed, order)
	}
	return order, done, err
}

// giveBack cancels an order. Errors: as those of try.
func (b *trader) giveBack(ctx context.Context, ticket, order int32) error {
	b.clients.saw(GivenBack, ticket, order, time.Now())
	done, err := b.clients.try(ctx, func(ctx context.Context) error {
		asked := time.Now()
		_, err := b.CancelOrder(ctx, order)
		if err == nil {
			b.clients.saw(Ended, ticket, order, asked)
		}
		return err
	})
	if done {
		b.cancelled = append(b.cancelled, order)
	}
	return err
}

// look reads an order. Errors: as those of try.
func (b *trader) look(ctx context.Context, ticket, order int32) error {
	_, err := b.clients.try(ctx, func(ctx context.Context) error {
		asked := time.Now()
		found, err := b.Order(ctx, order)
		switch {
		case err != nil:
		case Cancelled(found):
			b.clients.saw(Ended, ticket, order, asked)
		default:
			b.clients.saw(Open, ticket, order, asked)
		}
		return err
	})
	return err
}
