package systemtest

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/gittix/ticketing/shared/api"
)

// hotTickets is how many tickets all clients contend for.
const hotTickets = 3

// Contend is the act of buyers who want the same few tickets as everybody else, look at their orders and give most of them back.
func Contend(ctx context.Context, c *Clients, seller *trader, buyers []*trader) error {
	ticket, err := c.hotTicket(ctx, seller)
	if ticket == 0 {
		return err
	}
	var all sync.WaitGroup
	errs := make([]error, len(buyers))
	for i, b := range buyers {
		all.Go(func() { errs[i] = b.contend(ctx, ticket) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// hotTicket is any of those that are wanted. A new one takes its place now and then; 0 if none could be offered.
func (c *Clients) hotTicket(ctx context.Context, seller *trader) (int32, error) {
	place := rand.N(hotTickets)
	c.mu.Lock()
	ticket := c.hot[place]
	c.mu.Unlock()
	if ticket != 0 && rand.N(20) > 0 {
		return ticket, nil
	}
	done, err := c.try(ctx, func(ctx context.Context) error {
		offered, err := seller.OfferTicket(ctx, api.Offer{Title: "Hot", Price: "25"})
		ticket = offered.ID
		return err
	})
	if !done {
		return 0, err
	}
	seller.offered = append(seller.offered, ticket)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hot[place] = ticket
	return ticket, nil
}

func (b *trader) contend(ctx context.Context, ticket int32) error {
	order, done, err := b.place(ctx, ticket)
	if !done {
		return errors.Join(err, pause(ctx))
	}
	if err := errors.Join(b.look(ctx, ticket, order), pause(ctx)); err != nil {
		return err
	}
	switch rand.N(8) {
	case 0: // forgets it
		return nil
	case 1: // and it is sold
		err = b.pay(ctx, order, "tok_visa")
	default:
		err = b.giveBack(ctx, ticket, order)
	}
	return errors.Join(err, b.look(ctx, ticket, order))
}

// pause is how long a person thinks, if a short one.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(rand.N(100 * time.Millisecond)):
		return nil
	}
}
