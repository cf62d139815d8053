//go:build cluster

package cluster

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/chaos/shopper"
	"github.com/gittix/ticketing/shared/event"
)

// reserve lets somebody offer a ticket, and somebody else order it.
func reserve(t testing.TB, seller, buyer *shopper.Shopper) (ticket event.Ticket, order event.Order) {
	t.Helper()
	await(t, "offer", func(ctx context.Context) (err error) {
		ticket, err = seller.Offer(ctx, "Cup final", "42.50")
		return err
	})
	await(t, "order", func(ctx context.Context) (err error) {
		order, err = buyer.PlaceOrder(ctx, ticket.ID)
		return err
	})
	return ticket, order
}

// purchase sells a ticket. between is what happens after the order and before the payment.
func purchase(t testing.TB, e entrance, between func()) {
	t.Helper()
	ada, bob := e.somebody(t), e.somebody(t)
	ticket, order := reserve(t, ada, bob)
	between()
	await(t, "pay", func(ctx context.Context) error {
		_, err := bob.Pay(ctx, order.ID, "tok_visa")
		if shopper.IsRefused(err, http.StatusConflict, "Order is already paid.") { // the answer before was lost on its way
			return nil
		}
		return err
	})
	await(t, "complete", func(ctx context.Context) error {
		now, err := bob.Order(ctx, order.ID)
		return is(now.Status == event.OrderIsComplete, err, now.Status)
	})
	await(t, "sold", func(ctx context.Context) error {
		now, err := ada.Ticket(ctx, ticket.ID)
		return is(now.OrderID != nil && *now.OrderID == order.ID, err, now)
	})
}

// expiry orders a ticket, does not pay, and waits until the ticket is free again.
func expiry(t testing.TB, e entrance) {
	t.Helper()
	ada, bob := e.somebody(t), e.somebody(t)
	ticket, order := reserve(t, ada, bob)
	await(t, "held", func(ctx context.Context) error {
		now, err := ada.Ticket(ctx, ticket.ID)
		return is(now.OrderID != nil && *now.OrderID == order.ID, err, now)
	})
	await(t, "cancelled", func(ctx context.Context) error {
		now, err := bob.Order(ctx, order.ID)
		return is(now.Status == event.OrderIsCancelled, err, now.Status)
	})
	await(t, "free", func(ctx context.Context) error {
		now, err := ada.Ticket(ctx, ticket.ID)
		return is(now.OrderID == nil, err, now)
	})
}

// page checks that the site shows its first page.
func page(t testing.TB, e entrance) {
	t.Helper()
	await(t, "first page", func(ctx context.Context) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+e.host+"/", nil)
		if err != nil {
			return err
		}
		answer, err := e.transport.RoundTrip(r)
		if err != nil {
			return err
		}
		defer answer.Body.Close() //nolint:errcheck // it has been read
		body, err := io.ReadAll(answer.Body)
		return is(answer.StatusCode == http.StatusOK && strings.Contains(string(body), "<html"), err, answer.Status)
	})
}

// closed checks that the front leads to no door that is for the platform alone.
func closed(t testing.TB, e entrance) {
	t.Helper()
	for _, path := range []string{"/events/copy-ticket", "/schedules/sweep-overdue", "/metrics", "/"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+e.host+path, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/cloudevents+json")
		answer, err := e.transport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close() // the status is all that matters
		if answer.StatusCode != http.StatusNotFound && answer.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("POST %s: %s", path, answer.Status)
		}
	}
}

// is returns err, or that something is not so yet.
func is(so bool, err error, state any) error {
	if err == nil && !so {
		err = fmt.Errorf("it is %+v", state)
	}
	return err
}
