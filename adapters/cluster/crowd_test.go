//go:build cluster

package cluster

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gittix/ticketing/adapters/chaos/shopper"
)

// crowd is people who do the same again and again, without pause, until they are sent home.
type crowd struct {
	requests, failed atomic.Int64
	mu               sync.Mutex
	first            error // that anybody got
	cancel           context.CancelFunc
	people           sync.WaitGroup
}

// gather brings a crowd that makes visits.
func gather(t *testing.T, e entrance, size int, visit func(*crowd, context.Context, *shopper.Shopper)) *crowd {
	t.Helper()
	visitors := make([]*shopper.Shopper, size)
	for i := range visitors {
		visitors[i] = e.somebody(t)
	}
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	c := &crowd{cancel: cancel}
	for _, s := range visitors {
		c.people.Go(func() {
			for ctx.Err() == nil {
				visit(c, ctx, s)
			}
		})
	}
	return c
}

// trade is a visit that asks every service.
func (c *crowd) trade(ctx context.Context, s *shopper.Shopper) {
	ticket, err := s.Offer(ctx, "Stalls", "10.00")
	c.answered(ctx, "offer", err)
	if err == nil {
		_, err = s.Reoffer(ctx, ticket.ID, "Circle", "11.00")
		c.answered(ctx, "change", err)
		_, err = s.Ticket(ctx, ticket.ID)
		c.answered(ctx, "look", err)
	}
	_, err = s.WhoAmI(ctx)
	c.answered(ctx, "who am I", err)
	c.answered(ctx, "orders", s.Call(ctx, "GET", "/api/orders", nil, nil))
}

// look is a visit that costs the tickets service much.
func (c *crowd) look(ctx context.Context, s *shopper.Shopper) {
	c.answered(ctx, "tickets", s.Call(ctx, "GET", "/api/tickets", nil, nil))
}

// answered counts. What the crowd's own end cut off is no answer.
func (c *crowd) answered(ctx context.Context, what string, err error) {
	if ctx.Err() != nil {
		return
	}
	c.requests.Add(1)
	if err == nil {
		return
	}
	c.failed.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.first == nil {
		c.first = fmt.Errorf("%s: %w", what, err)
	}
}

// home sends the crowd home, and returns how many requests it made. Any that failed fails the test.
func (c *crowd) home(t *testing.T) int64 {
	t.Helper()
	c.cancel()
	c.people.Wait()
	t.Logf("%d requests, %d failed", c.requests.Load(), c.failed.Load())
	if c.first != nil {
		t.Errorf("the first that failed: %v", c.first)
	}
	return c.requests.Load()
}
