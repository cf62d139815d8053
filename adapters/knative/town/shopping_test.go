package town_test

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/chaos/shopper"
	"github.com/gittix/ticketing/shared/event"
)

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
func (tw *town) reserve(t *testing.T, seller, buyer *shopper.Shopper, title string) (ticket event.Ticket, order event.Order) {
	t.Helper()
	ticket, err := seller.Offer(t.Context(), title, "40.25")
	if err != nil {
		t.Fatal(err)
	}
	insist(t, func(ctx context.Context) (err error) {
		order, err = buyer.PlaceOrder(ctx, ticket.ID)
		return err
	})
	return ticket, order
}

func eventually(t *testing.T, ready func(context.Context) error) {
	t.Helper()
	if err := shopper.Await(t.Context(), patience, ready); err != nil {
		t.Fatal(err)
	}
}

// insist does again what was refused because an event is still on its way.
func insist(t *testing.T, do func(context.Context) error) {
	t.Helper()
	var refused error
	eventually(t, func(ctx context.Context) error {
		if refused = do(ctx); shopper.IsRefused(refused, http.StatusBadRequest, "Ticket not found.", "Order not found.") {
			return refused
		}
		return nil
	})
	if refused != nil {
		t.Fatal(refused)
	}
}

// becomes waits until an order has come there.
func becomes(t *testing.T, buyer *shopper.Shopper, id int32, want event.OrderStatus) {
	t.Helper()
	eventually(t, func(ctx context.Context) error {
		order, err := buyer.Order(ctx, id)
		if err == nil && order.Status != want {
			err = fmt.Errorf("order %d is %s, not %s", id, order.Status, want)
		}
		return err
	})
}

// stands waits until a ticket is as it must be.
func stands(t *testing.T, buyer *shopper.Shopper, id int32, well func(event.Ticket) bool) {
	t.Helper()
	eventually(t, func(ctx context.Context) error {
		ticket, err := buyer.Ticket(ctx, id)
		if err == nil && !well(ticket) {
			err = fmt.Errorf("ticket %d is %+v", id, ticket)
		}
		return err
	})
}

// ticks runs every schedule once, as its PingSource does.
func (tw *town) ticks(t *testing.T) {
	t.Helper()
	for _, m := range manifests(t, "components/pingsource/schedules.yaml") {
		url := m.Spec.Sink.url(tw.inside)
		if answer := ask(t.Context(), http.DefaultTransport, http.MethodPost, url); answer != "200 OK " {
			t.Errorf("%s: %s", url, answer)
		}
	}
}

// shows looks for the titles on the site's first page.
func (tw *town) shows(t *testing.T, visitor *shopper.Shopper, titles ...string) {
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
