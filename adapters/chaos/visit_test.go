package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gittix/ticketing/adapters/chaos/shopper"
)

var (
	errNotYet = errors.New("the event has not come yet")
	errGaveUp = errors.New("it did not work for long")
)

// How long people try again: what fails, and what they are told does not exist yet.
const (
	perseverance = 10 * time.Second
	curiosity    = 3 * time.Second
)

// visit is what one seller and two buyers do. Errors: what the contract does not allow.
func (c *crowd) visit(ctx context.Context) error {
	seller, err := c.somebody()
	if err != nil {
		return err
	}
	if rand.N(4) == 0 {
		if err := c.insist(ctx, seller.SignUp, 409); err != nil {
			return err
		}
		c.promised(func() { c.accounts = append(c.accounts, seller) })
	}
	var ticket int32
	price := fmt.Sprintf("%d.%02d", 1+rand.N(500), rand.N(100))
	if err := c.insist(ctx, func(ctx context.Context) error {
		offered, err := seller.Offer(ctx, "Anything", price)
		ticket = offered.ID
		return err
	}); err != nil {
		return err
	}
	c.promised(func() { c.tickets = append(c.tickets, ticket) })
	if err := c.insist(ctx, func(ctx context.Context) error {
		_, err := seller.Reoffer(ctx, ticket, "Something", price)
		return err
	}); err != nil {
		return err
	}
	var buyers sync.WaitGroup
	errs := make([]error, 2)
	for i := range errs {
		buyers.Go(func() { errs[i] = c.buy(ctx, ticket) })
	}
	buyers.Wait()
	return errors.Join(errs...)
}

// buy orders a ticket, and then makes up its mind.
func (c *crowd) buy(ctx context.Context, ticket int32) error {
	buyer, err := c.somebody()
	if err != nil {
		return err
	}
	var order int32
	err = c.insist(ctx, func(ctx context.Context) error {
		placed, err := buyer.PlaceOrder(ctx, ticket)
		order = placed.ID
		if shopper.IsRefused(err, http.StatusBadRequest, "Ticket not found.") {
			return errNotYet
		}
		return err
	}, http.StatusBadRequest) // the other buyer was quicker
	if err != nil || order == 0 {
		return err
	}
	c.promised(func() { c.orders = append(c.orders, order) })
	switch rand.N(16) {
	case 0, 1: // forgets it
		return nil
	case 2, 3:
		return c.cancel(ctx, buyer, order)
	case 4, 5:
		if err := c.insist(ctx, func(ctx context.Context) error {
			_, err := buyer.ExtendOrder(ctx, order)
			return err
		}, http.StatusConflict); err != nil {
			return err
		}
		return c.pay(ctx, buyer, order, "tok_visa")
	case 6, 7:
		if err := c.pay(ctx, buyer, order, "tok_chargeDeclined"); err != nil {
			return err
		}
		return c.pay(ctx, buyer, order, "tok_visa")
	case 8:
		_, _ = buyer.Pay(ctx, order, "pm_sandbox_timeout") // Stripe takes the money, and does not say so: nobody knows
		return nil
	default:
		return c.pay(ctx, buyer, order, "tok_visa")
	}
}

func (c *crowd) cancel(ctx context.Context, buyer *shopper.Shopper, order int32) error {
	var cancelled bool
	err := c.insist(ctx, func(ctx context.Context) error {
		_, err := buyer.CancelOrder(ctx, order)
		cancelled = err == nil
		return err
	})
	if err == nil && cancelled {
		c.promised(func() { c.cancelled = append(c.cancelled, order) })
	}
	return err
}

func (c *crowd) pay(ctx context.Context, buyer *shopper.Shopper, order int32, token string) error {
	var paid bool
	err := c.insist(ctx, func(ctx context.Context) error {
		_, err := buyer.Pay(ctx, order, token)
		paid = err == nil
		if shopper.IsRefused(err, http.StatusBadRequest, "Order not found.") {
			return errNotYet
		}
		return err
	}, http.StatusBadRequest, http.StatusConflict) // declined, expired, paid by an attempt whose answer was lost
	if err == nil && paid {
		c.sales.Add(1)
		c.promised(func() { c.paid = append(c.paid, order) })
	}
	return err
}

// insist does something until it succeeds or is refused in a way that is expected. What fails for a
// reason of the town's own, or is not known yet, is tried again for a while, and then given up.
func (c *crowd) insist(ctx context.Context, do func(context.Context) error, expected ...int) error {
	begun := time.Now()
	for {
		wait := perseverance
		err := do(ctx)
		var refused *shopper.Refused
		answered := errors.As(err, &refused)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, errNotYet):
			wait = curiosity
		case answered && refused.Status < http.StatusInternalServerError:
			if slices.Contains(expected, refused.Status) {
				return nil
			}
			return err
		default:
			c.failures.Add(1)
		}
		if time.Since(begun) > wait {
			return errGaveUp
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}
