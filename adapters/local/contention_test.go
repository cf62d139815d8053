package local

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/gittix/ticketing/adapters/chaos/shopper"
	"github.com/gittix/ticketing/shared/event"
)

// tally counts answers.
type tally struct {
	mu    sync.Mutex
	won   int
	lost  int
	other []error
}

// note counts err as lost if it is that refusal.
func (c *tally) note(err error, refused func(error) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err == nil:
		c.won++
	case refused(err):
		c.lost++
	default:
		c.other = append(c.other, err)
	}
}

func testManyBuyers(t *testing.T, w *world) {
	const buyers, tickets = 64, 50
	seller := w.shopper(t)
	wanted := make([]event.Ticket, tickets)
	for i := range wanted {
		var err error
		if wanted[i], err = seller.Offer(t.Context(), fmt.Sprintf("Seat %d", i), "10"); err != nil {
			t.Fatal(err)
		}
	}
	for _, ticket := range wanted {
		w.copied(t, ticket.ID)
	}
	var count tally
	var crowd sync.WaitGroup
	gate := make(chan struct{})
	for range buyers {
		buyer := w.shopper(t)
		crowd.Go(func() {
			<-gate
			for _, ticket := range wanted { // all of them come to the same ticket at the same time
				_, err := buyer.PlaceOrder(t.Context(), ticket.ID)
				count.note(err, func(err error) bool {
					return shopper.IsRefused(err, http.StatusBadRequest, "Ticket is already reserved.")
				})
			}
		})
	}
	close(gate)
	crowd.Wait()
	if count.won != tickets || count.lost != (buyers-1)*tickets {
		t.Errorf("%d orders of %d tickets, %d refused, and %v", count.won, tickets, count.lost, count.other)
	}
}

func testManyPayments(t *testing.T, w *world) {
	const attempts = 16
	buyer := w.shopper(t)
	order := w.ordered(t, buyer, "10")
	var count tally
	var crowd sync.WaitGroup
	gate := make(chan struct{})
	for range attempts {
		crowd.Go(func() {
			<-gate
			_, err := buyer.Pay(t.Context(), order.ID, "tok_visa")
			count.note(err, func(err error) bool {
				return shopper.IsRefused(err, http.StatusConflict, "Order is already paid.", "Payment in progress.")
			})
		})
	}
	close(gate)
	crowd.Wait()
	if count.won != 1 || count.lost != attempts-1 {
		t.Errorf("%d paid, %d refused, and %v", count.won, count.lost, count.other)
	}
	if charges := w.ledger().ChargesOf(order.ID); len(charges) != 1 || charges[0].AmountCents != 1000 {
		t.Errorf("charges %+v", charges)
	}
	w.becomes(t, buyer, order.ID, complete)
}

func testManyUpdates(t *testing.T, w *world) {
	const updates, workers = 500, 32
	seller := w.shopper(t)
	ticket := w.offered(t, seller, "1")
	prices := make(chan int, updates)
	for i := range updates {
		prices <- i
	}
	close(prices)
	var count tally
	var crowd sync.WaitGroup
	for range workers {
		crowd.Go(func() {
			for i := range prices {
				_, err := seller.Reoffer(t.Context(), ticket.ID, fmt.Sprintf("Edition %d", i), fmt.Sprintf("%d.%02d", 1+i/100, i%100))
				count.note(err, func(error) bool { return false })
			}
		})
	}
	crowd.Wait()
	if count.won != updates {
		t.Fatalf("%d updates of %d, and %v", count.won, updates, count.other)
	}
	original, err := seller.Ticket(t.Context(), ticket.ID)
	if err != nil || original.Version != updates {
		t.Fatalf("%+v, %v", original, err)
	}
	w.eventually(t, func(ctx context.Context) error { return w.copyEquals(ctx, original) })
	w.redeliver(t, original)
}

// copyEquals returns nil if orders knows the ticket as it is.
func (w *world) copyEquals(ctx context.Context, ticket event.Ticket) error {
	copied, err := ask[string](ctx, w, "orders", `SELECT concat_ws(' ', version, price, title) FROM tickets WHERE id = $1`, ticket.ID)
	want := fmt.Sprintf("%d %d %s", ticket.Version, ticket.Price, ticket.Title)
	if err == nil && copied != want {
		err = fmt.Errorf("the copy is %q, not %q", copied, want)
	}
	return err
}
