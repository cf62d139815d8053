package systemtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/gittix/ticketing/shared/api"
)

// Trade is the act of a seller who offers a ticket, and of two buyers who both want it.
func Trade(ctx context.Context, c *Clients, seller *trader, buyers []*trader) error {
	if rand.N(8) == 0 {
		if err := c.signUp(ctx); err != nil {
			return err
		}
	}
	price := fmt.Sprintf("%d.%02d", 1+rand.N(500), rand.N(100))
	var ticket int32
	done, err := c.try(ctx, func(ctx context.Context) error {
		offered, err := seller.OfferTicket(ctx, api.Offer{Title: "Anything", Price: price})
		ticket = offered.ID
		return err
	})
	if !done {
		return err
	}
	seller.offered = append(seller.offered, ticket)
	if _, err := c.try(ctx, func(ctx context.Context) error {
		_, err := seller.ChangeTicket(ctx, ticket, api.Offer{Title: "Something", Price: price})
		return err
	}); err != nil {
		return err
	}
	var both sync.WaitGroup
	errs := make([]error, len(buyers))
	for i, b := range buyers {
		both.Go(func() { errs[i] = b.buy(ctx, ticket) })
	}
	both.Wait()
	return errors.Join(errs...)
}

// List is the act of looking at all tickets, which costs that service much.
func List(ctx context.Context, c *Clients, seller *trader, _ []*trader) error {
	_, err := c.try(ctx, func(ctx context.Context) error { _, err := seller.Tickets(ctx, api.Search{}); return err })
	return err
}

func (c *Clients) signUp(ctx context.Context) error {
	account := c.system.Visitor()
	done, err := c.try(ctx, account.SignUp, api.ErrEmailExists) // an answer was lost: the account is there
	if done {
		c.mu.Lock()
		c.accounts = append(c.accounts, account)
		c.mu.Unlock()
		_, err = c.try(ctx, account.SignOut)
	}
	return err
}

// buy orders a ticket and does one of the things that buyers do then.
func (b *trader) buy(ctx context.Context, ticket int32) error {
	order, done, err := b.place(ctx, ticket)
	if !done {
		return err
	}
	switch rand.N(16) {
	case 0, 1: // forgets it
		return nil
	case 2, 3:
		return b.giveBack(ctx, ticket, order)
	case 4, 5:
		if _, err := b.clients.try(ctx, func(ctx context.Context) error {
			_, err := b.ExtendOrder(ctx, order)
			return err
		}, api.ErrNotExtendable); err != nil { // its time is up, or it was extended and the answer was lost
			return err
		}
	case 6, 7:
		if err := b.pay(ctx, order, "tok_chargeDeclined"); err != nil {
			return err
		}
	case 8: // Stripe takes the money and does not say so: whether it was paid is open
		if b.clients.system.Backends != nil {
			_, _ = b.Pay(ctx, order, "pm_sandbox_timeout") // its outcome is the audit's to find
			return nil
		}
	}
	return b.pay(ctx, order, "tok_visa")
}

func (b *trader) pay(ctx context.Context, order int32, token string) error {
	done, err := b.clients.try(ctx, func(ctx context.Context) error {
		_, err := b.Pay(ctx, order, token)
		return err
	}, api.ErrDeclined, api.ErrOrderExpired, api.ErrOrderCancelled, api.ErrPaid, api.ErrInProgress) // perhaps paid by a request whose answer was lost
	if done {
		b.paid = append(b.paid, order)
	}
	return err
}
