package cloud_test

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/chaos/shopper"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
)

// TestThroughLambdasOnly: a sale, an order that nobody pays, and the site, while environments come and go.
func TestThroughLambdasOnly(t *testing.T) {
	t.Parallel()
	tw := newTown(t)
	seller, buyer := tw.somebody(t), tw.somebody(t)
	tw.functions["hold-ticket"].doomed.Store(true) // so its event must come again

	sold, sale := reserve(t, seller, buyer, "Cup final")
	held := func(t event.Ticket) bool { return t.OrderID != nil && *t.OrderID == sale.ID }
	stands(t, buyer, sold.ID, held)
	insist(t, func(ctx context.Context) error {
		_, err := buyer.Pay(ctx, sale.ID, "tok_visa")
		return err
	})
	becomes(t, buyer, sale.ID, event.OrderIsComplete)

	for _, name := range []string{"get-ticket", "create-ticket"} {
		if tw.functions[name].killIdle(t) == 0 {
			t.Errorf("%s had no environment to lose", name)
		}
	}
	if _, err := seller.Ticket(t.Context(), sold.ID); err != nil { // at once, as is the offer below
		t.Errorf("after a crash between two requests: %v", err)
	}

	tw.functions["create-order"].change(config.Values{"EXPIRATION_ORDER_MINUTES": "0.05"})
	free, forgotten := reserve(t, seller, buyer, "Semi-final & more")
	becomes(t, buyer, forgotten.ID, event.OrderIsCancelled)
	stands(t, buyer, free.ID, func(t event.Ticket) bool { return t.OrderID == nil && t.Version >= 2 }) // it was held, and is free again

	for _, name := range tw.schedules {
		a, err := tw.functions[name].invoke(fmt.Appendf(nil, `{"schedule": %q}`, name)) // as template.yaml has it
		if err != nil || a.failed || !strings.Contains(string(a.data), name) {
			t.Errorf("%s: %v: %s", name, err, a.data)
		}
	}
	shows(t, tw, buyer, sold.Title, free.Title)
	stands(t, buyer, sold.ID, held) // still
}

// somebody signs up.
func (tw *town) somebody(t *testing.T) *shopper.Shopper {
	t.Helper()
	s, err := shopper.New(tw.url, nil)
	if err == nil {
		err = s.SignUp(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// reserve returns a ticket that the seller offers, and the buyer's order of it.
func reserve(t *testing.T, seller, buyer *shopper.Shopper, title string) (ticket event.Ticket, order event.Order) {
	t.Helper()
	ticket, err := seller.Offer(t.Context(), title, "40.25")
	if err != nil {
		t.Fatal(err)
	}
	insist(t, func(ctx context.Context) (err error) {
		order, err = buyer.PlaceOrder(ctx, ticket.ID)
		return err
	})
	if order.Status != event.OrderIsCreated {
		t.Fatalf("the order is %+v", order)
	}
	return ticket, order
}

// insist does again what was refused because an event is still on its way.
func insist(t *testing.T, do func(context.Context) error) {
	t.Helper()
	var refused error
	if err := shopper.Await(t.Context(), patience, func(ctx context.Context) error {
		refused = do(ctx)
		if shopper.IsRefused(refused, http.StatusBadRequest, "Ticket not found.", "Order not found.") {
			return refused
		}
		return nil
	}); err != nil || refused != nil {
		t.Fatal(errors.Join(err, refused))
	}
}

// becomes waits until an order has come there.
func becomes(t *testing.T, buyer *shopper.Shopper, id int32, want event.OrderStatus) {
	t.Helper()
	if err := shopper.Await(t.Context(), patience, func(ctx context.Context) error {
		order, err := buyer.Order(ctx, id)
		if err == nil && order.Status != want {
			err = fmt.Errorf("order %d is %s, not %s", id, order.Status, want)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// stands waits until a ticket is as it must be.
func stands(t *testing.T, buyer *shopper.Shopper, id int32, well func(event.Ticket) bool) {
	t.Helper()
	if err := shopper.Await(t.Context(), patience, func(ctx context.Context) error {
		ticket, err := buyer.Ticket(ctx, id)
		if err == nil && !well(ticket) {
			err = fmt.Errorf("ticket %d is %+v", id, ticket)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// shows looks for the titles on the site's first page.
func shows(t *testing.T, tw *town, visitor *shopper.Shopper, titles ...string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, tw.url+"/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	status, page, err := visitor.Send(r)
	if err != nil || status != http.StatusOK {
		t.Fatalf("%d, %v: %s", status, err, page)
	}
	for _, title := range titles {
		if !strings.Contains(string(page), html.EscapeString(title)) {
			t.Errorf("the page lacks %s: %s", title, page)
		}
	}
}
