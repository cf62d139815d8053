package local

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/gittix/ticketing/adapters/chaos/shopper"
	"github.com/gittix/ticketing/shared/event"
)

// offered returns a ticket that can be ordered by now.
func (w *world) offered(t *testing.T, seller *shopper.Shopper, price string) event.Ticket {
	t.Helper()
	ticket, err := seller.Offer(t.Context(), "Die Zauberflöte", price)
	if err != nil {
		t.Fatal(err)
	}
	w.copied(t, ticket.ID)
	return ticket
}

func (w *world) copied(t *testing.T, ticket int32) {
	t.Helper()
	w.eventually(t, func(ctx context.Context) error {
		_, err := ask[int32](ctx, w, "orders", `SELECT version FROM tickets WHERE id = $1`, ticket)
		return err
	})
}

// ordered returns an order that can be paid by now.
func (w *world) ordered(t *testing.T, buyer *shopper.Shopper, price string) event.Order {
	t.Helper()
	order, err := buyer.PlaceOrder(t.Context(), w.offered(t, w.shopper(t), price).ID)
	if err != nil {
		t.Fatal(err)
	}
	w.eventually(t, func(ctx context.Context) error {
		_, err := ask[int32](ctx, w, "payments", `SELECT version FROM orders WHERE id = $1`, order.ID)
		return err
	})
	return order
}

// becomes waits until the buyer sees the order so.
func (w *world) becomes(t *testing.T, buyer *shopper.Shopper, order int32, so func(event.Order) bool) (seen event.Order) {
	t.Helper()
	w.eventually(t, func(ctx context.Context) (err error) {
		if seen, err = buyer.Order(ctx, order); err == nil && !so(seen) {
			err = fmt.Errorf("order is %+v", seen)
		}
		return err
	})
	return seen
}

func complete(o event.Order) bool  { return o.Status == event.OrderIsComplete }
func cancelled(o event.Order) bool { return o.Status == event.OrderIsCancelled }

// holds waits until a ticket is held by an order; by none, if that is 0.
func (w *world) holds(t *testing.T, ticket, order int32) {
	t.Helper()
	looker := w.stranger(t) // tickets are for everyone to see
	w.eventually(t, func(ctx context.Context) error {
		seen, err := looker.Ticket(ctx, ticket)
		var holder int32
		if seen.OrderID != nil {
			holder = *seen.OrderID
		}
		if err == nil && holder != order {
			err = fmt.Errorf("ticket is held by order %d, not %d", holder, order)
		}
		return err
	})
}

func testPurchase(t *testing.T, w *world) {
	ctx := t.Context()
	seller, buyer := w.stranger(t), w.stranger(t)
	for _, s := range []*shopper.Shopper{seller, buyer} {
		if err := s.SignUp(ctx); err != nil {
			t.Fatal(err)
		}
		if claims, err := s.WhoAmI(ctx); err != nil || claims == nil || claims.Subject != s.Email {
			t.Fatalf("signed up, and is %v, %v", claims, err)
		}
	}
	ticket := w.offered(t, seller, "12.34")
	if _, err := seller.PlaceOrder(ctx, ticket.ID); !shopper.IsRefused(err, http.StatusBadRequest, "You cannot order your own ticket.") {
		t.Errorf("the seller orders: %v", err)
	}
	order, err := buyer.PlaceOrder(ctx, ticket.ID)
	if err != nil || order.Ticket.Price != 1234 || order.Status != event.OrderIsCreated {
		t.Fatalf("order %+v, %v", order, err)
	}
	w.holds(t, ticket.ID, order.ID)
	if _, err := seller.Reoffer(ctx, ticket.ID, "dearer", "99"); !shopper.IsRefused(err, http.StatusForbidden, "Ticket is reserved.") {
		t.Errorf("the price changes under the buyer: %v", err)
	}
	receipt := w.paid(t, buyer, order.ID, "tok_visa")
	if receipt.Charge.Amount != 1234 || receipt.Charge.Currency != "usd" || receipt.Payment.OrderID != order.ID {
		t.Errorf("receipt %+v", receipt)
	}
	w.becomes(t, buyer, order.ID, complete)
	w.holds(t, ticket.ID, order.ID)
	if _, err := buyer.CancelOrder(ctx, order.ID); !shopper.IsRefused(err, http.StatusConflict, "Order is already complete.") {
		t.Errorf("a paid order is cancelled: %v", err)
	}
	if err := buyer.SignOut(ctx); err != nil {
		t.Fatal(err)
	}
	if claims, err := buyer.WhoAmI(ctx); err != nil || claims != nil {
		t.Errorf("signed out, and is %v, %v", claims, err)
	}
	if _, err := buyer.Order(ctx, order.ID); !shopper.IsRefused(err, http.StatusUnauthorized, "Not authorized.") {
		t.Errorf("signed out, and sees: %v", err)
	}
}

// paid pays, once the payments service has heard of the order.
func (w *world) paid(t *testing.T, buyer *shopper.Shopper, order int32, token string) (receipt shopper.Receipt) {
	t.Helper()
	w.eventually(t, func(ctx context.Context) (err error) {
		receipt, err = buyer.Pay(ctx, order, token)
		return err
	})
	return receipt
}

func testCancel(t *testing.T, w *world) {
	buyer, other := w.shopper(t), w.shopper(t)
	order := w.ordered(t, buyer, "5")
	if _, err := other.CancelOrder(t.Context(), order.ID); !shopper.IsRefused(err, http.StatusUnauthorized, "You are not authorized to cancel this order.") {
		t.Errorf("somebody else cancels: %v", err)
	}
	first, err := buyer.CancelOrder(t.Context(), order.ID)
	if err != nil || !cancelled(first) {
		t.Fatalf("%+v, %v", first, err)
	}
	if again, err := buyer.CancelOrder(t.Context(), order.ID); err != nil || again.Version != first.Version {
		t.Errorf("cancelled again: %+v, %v", again, err)
	}
	w.holds(t, order.TicketID, 0)
	w.eventually(t, func(ctx context.Context) error {
		status, err := ask[event.OrderStatus](ctx, w, "payments", `SELECT status FROM orders WHERE id = $1`, order.ID)
		if err == nil && status != event.OrderIsCancelled {
			err = fmt.Errorf("payments' copy of the order is %s", status)
		}
		return err
	})
	if _, err := buyer.Pay(t.Context(), order.ID, "tok_visa"); !shopper.IsRefused(err, http.StatusBadRequest, "Order is cancelled.") {
		t.Errorf("a cancelled order is paid: %v", err)
	}
	second, err := other.PlaceOrder(t.Context(), order.TicketID)
	if err != nil {
		t.Fatal(err)
	}
	w.holds(t, order.TicketID, second.ID)
}

func testExtend(t *testing.T, w *world) {
	buyer := w.shopper(t)
	order := w.ordered(t, buyer, "5")
	longer, err := buyer.ExtendOrder(t.Context(), order.ID)
	if err != nil || !longer.ExpiresAt.After(order.ExpiresAt.Time) || longer.Version != order.Version+1 {
		t.Fatalf("extended: %+v, %v", longer, err)
	}
	if _, err := buyer.ExtendOrder(t.Context(), order.ID); !shopper.IsRefused(err, http.StatusConflict, "Order cannot be extended.") {
		t.Errorf("extended twice: %v", err)
	}
}

// testExpiry needs holds of about a second.
func testExpiry(t *testing.T, w *world) {
	buyer := w.shopper(t)
	order := w.ordered(t, buyer, "5")
	w.holds(t, order.TicketID, order.ID)
	ended := w.becomes(t, buyer, order.ID, cancelled)
	if ended.UpdatedAt.Before(order.ExpiresAt.Time) {
		t.Errorf("cancelled at %v, before its time %v", ended.UpdatedAt, order.ExpiresAt)
	}
	w.holds(t, order.TicketID, 0)
	if _, err := buyer.ExtendOrder(t.Context(), order.ID); !shopper.IsRefused(err, http.StatusConflict) {
		t.Errorf("extended after its time: %v", err)
	}
	if _, err := w.shopper(t).PlaceOrder(t.Context(), order.TicketID); err != nil {
		t.Errorf("the ticket is free, and cannot be ordered: %v", err)
	}
	w.audited(t)
}
