package systemtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/gittix/ticketing/adapters/adaptertest"
	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/event"
)

// Steps of a sale. A step that comes before an event that it needs is tried again.

// retry tries a step again while it is refused because an event is under way.
func (s *System) retry(t testing.TB, what string, step func(context.Context) error) {
	t.Helper()
	var last error
	err := adaptertest.Await(t.Context(), s.Timeout, func(ctx context.Context) error {
		if last = step(ctx); s.Insistent || isEarly(last) {
			return last
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if last != nil {
		t.Fatalf("%s: %v", what, last)
	}
}

// Offer returns a ticket that can be ordered by now.
func (s *System) Offer(t testing.TB, seller *User, title, price string) (ticket event.Ticket) {
	t.Helper()
	s.retry(t, "offer", func(ctx context.Context) (err error) {
		ticket, err = seller.OfferTicket(ctx, api.Offer{Title: title, Price: price})
		return err
	})
	s.Eventually(t, "copy of the ticket", func(ctx context.Context) error {
		_, err := seller.PlaceOrder(ctx, ticket.ID)
		if errors.Is(err, api.ErrOwnTicket) {
			return nil
		}
		return fmt.Errorf("the seller's own order: %w", err)
	})
	return ticket
}

// Reserve returns the buyer's order of a new ticket.
func (s *System) Reserve(t testing.TB, buyer *User, price string) (order event.Order) {
	t.Helper()
	ticket := s.Offer(t, s.User(t), "Die Zauberflöte & more", price)
	s.retry(t, "order", func(ctx context.Context) (err error) {
		order, err = buyer.PlaceOrder(ctx, ticket.ID)
		return err
	})
	return order
}

// Pay charges an order to a card.
func (s *System) Pay(t testing.TB, buyer *User, order int32, token string) (receipt api.Receipt) {
	t.Helper()
	s.retry(t, "pay", func(ctx context.Context) (err error) {
		receipt, err = buyer.Pay(ctx, order, token)
		if s.Insistent && errors.Is(err, api.ErrPaid) {
			return nil // the answer to an earlier try was lost
		}
		return err
	})
	return receipt
}

// AwaitOrder waits until the buyer sees the order so.
func (s *System) AwaitOrder(t testing.TB, buyer *User, id int32, so func(event.Order) bool) (order event.Order) {
	t.Helper()
	s.Eventually(t, "order", func(ctx context.Context) (err error) {
		if order, err = buyer.Order(ctx, id); err == nil && !so(order) {
			err = fmt.Errorf("it is %+v", order)
		}
		return err
	})
	return order
}

// Complete reports whether an order was paid.
func Complete(o event.Order) bool { return o.Status == event.OrderIsComplete }

// Cancelled reports whether an order was cancelled or has expired.
func Cancelled(o event.Order) bool { return o.Status == event.OrderIsCancelled }

// AwaitHolder waits until an order holds the ticket; none, if that is 0.
func (s *System) AwaitHolder(t testing.TB, ticket, order int32) {
	t.Helper()
	visitor := s.Visitor()
	s.Eventually(t, "holder of the ticket", func(ctx context.Context) error {
		seen, err := visitor.Ticket(ctx, ticket)
		if err == nil && holder(seen) != order {
			err = fmt.Errorf("it is order %d, not %d", holder(seen), order)
		}
		return err
	})
}

// holder is the order that holds a ticket, or 0.
func holder(ticket event.Ticket) int32 {
	if ticket.OrderID == nil {
		return 0
	}
	return *ticket.OrderID
}

// Purchase sells a ticket. Between is what happens after the order and before the payment.
func (s *System) Purchase(t testing.TB, buyer *User, between func()) event.Order {
	t.Helper()
	order := s.Reserve(t, buyer, "42.50")
	s.AwaitHolder(t, order.TicketID, order.ID)
	between()
	s.Pay(t, buyer, order.ID, "tok_visa")
	order = s.AwaitOrder(t, buyer, order.ID, Complete)
	s.AwaitHolder(t, order.TicketID, order.ID)
	return order
}

// Expiry orders a ticket, does not pay, and returns the order when its ticket is free again.
func (s *System) Expiry(t testing.TB, buyer *User) event.Order {
	t.Helper()
	order := s.Reserve(t, buyer, "40.25")
	ended := s.AwaitOrder(t, buyer, order.ID, Cancelled)
	if ended.UpdatedAt.Before(order.ExpiresAt.Time) {
		t.Errorf("order %d ended at %v, before its time %v", order.ID, ended.UpdatedAt, order.ExpiresAt)
	}
	s.Eventually(t, "free again", func(ctx context.Context) error {
		ticket, err := buyer.Ticket(ctx, order.TicketID)
		if err == nil && (ticket.OrderID != nil || ticket.Version < 2) { // 1: it is held
			err = fmt.Errorf("the ticket is %+v", ticket)
		}
		return err
	})
	return ended
}

// AtOnce calls do n times at the same moment, and returns what came of each.
func AtOnce(n int, do func(i int) error) []error {
	errs := make([]error, n)
	var all sync.WaitGroup
	gate := make(chan struct{})
	for i := range n {
		all.Go(func() { <-gate; errs[i] = do(i) })
	}
	close(gate)
	all.Wait()
	return errs
}
