package chaos

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/chaos/shopper"
	"github.com/gittix/ticketing/adapters/local"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
)

// TestExpiryLateness: on the embedded default, 200 orders are cancelled when their time is up, none before
// it, and 99 of 100 within a quarter of a second. It measures, so it is none of the ordinary tests.
func TestExpiryLateness(t *testing.T) {
	if !full() {
		t.Skip("it measures time: run it with CHAOS=full")
	}
	const buyers, each = 10, 20
	system, err := local.Start(t.Context(), config.Values{
		"PORT": "0", "DATA_DIR": t.TempDir(), "EXPIRATION_ORDER_MINUTES": "0.05",
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := system.Stop(); err != nil {
			t.Error(err)
		}
	})
	transport := &http.Transport{MaxIdleConnsPerHost: buyers}
	defer transport.CloseIdleConnections()
	seller := signedUp(t, system.URL(), transport)
	late := make([][]time.Duration, buyers)
	var crowd sync.WaitGroup
	for i := range buyers {
		buyer := signedUp(t, system.URL(), transport)
		crowd.Go(func() {
			for range each {
				if err := order(t.Context(), seller, buyer); err != nil {
					t.Error(err)
					return
				}
			}
			var err error
			if late[i], err = ended(t.Context(), buyer, each); err != nil {
				t.Error(err)
			}
		})
	}
	crowd.Wait()
	all := slices.Sorted(slices.Values(slices.Concat(late...)))
	if len(all) != buyers*each {
		t.Fatalf("%d orders ended of %d", len(all), buyers*each)
	}
	p99 := all[len(all)*99/100]
	t.Logf("lateness of %d expiries: earliest %v, p50 %v, p99 %v, latest %v", len(all), all[0], all[len(all)/2], p99, all[len(all)-1])
	if all[0] < 0 {
		t.Errorf("an order was cancelled %v early", -all[0])
	}
	if p99 > 250*time.Millisecond {
		t.Errorf("p99 is %v", p99)
	}
}

func signedUp(t *testing.T, address string, transport http.RoundTripper) *shopper.Shopper {
	t.Helper()
	s, err := shopper.New(address, transport)
	if err != nil {
		t.Fatal(err)
	}
	if err := shopper.Await(t.Context(), patience, s.SignUp); err != nil {
		t.Fatal(err)
	}
	return s
}

// order places an order of a new ticket.
func order(ctx context.Context, seller, buyer *shopper.Shopper) error {
	ticket, err := seller.Offer(ctx, "Anything", "10")
	if err != nil {
		return err
	}
	return shopper.Await(ctx, patience, func(ctx context.Context) error {
		_, err := buyer.PlaceOrder(ctx, ticket.ID)
		return err
	})
}

// ended waits until all orders of a buyer are cancelled, and returns by how much each was late.
func ended(ctx context.Context, buyer *shopper.Shopper, n int) (late []time.Duration, err error) {
	err = shopper.Await(ctx, patience, func(ctx context.Context) error {
		var orders []event.Order
		if err := buyer.Call(ctx, http.MethodGet, "/api/orders", nil, &orders); err != nil {
			return err
		}
		late = late[:0]
		for _, o := range orders {
			if o.Status == event.OrderIsCancelled {
				late = append(late, o.UpdatedAt.Sub(o.ExpiresAt.Time))
			}
		}
		if len(late) != n {
			return fmt.Errorf("%d of %d orders have ended", len(late), n)
		}
		return nil
	})
	return late, err
}
