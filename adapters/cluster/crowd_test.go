//go:build cluster

package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/gittix/ticketing/adapters/chaos/shopper"
)

// crowd is people who offer, look and change without pause until they are sent home.
type crowd struct {
	requests atomic.Int64
	cancel   context.CancelFunc
	people   *errgroup.Group
}

// gather brings a crowd. Its people end at the first answer that is not what they asked for.
func gather(t *testing.T, e entrance, size int) *crowd {
	t.Helper()
	visitors := make([]*shopper.Shopper, size)
	for i := range visitors {
		visitors[i] = e.somebody(t)
	}
	ctx, cancel := context.WithCancel(t.Context())
	c := &crowd{cancel: cancel}
	c.people, ctx = errgroup.WithContext(ctx)
	for i, s := range visitors {
		c.people.Go(func() error {
			for n := 0; ctx.Err() == nil; n++ {
				if err := c.visit(ctx, s, fmt.Sprintf("Row %d seat %d", i, n)); err != nil && ctx.Err() == nil {
					return err
				}
			}
			return nil
		})
	}
	t.Cleanup(cancel)
	return c
}

func (c *crowd) visit(ctx context.Context, s *shopper.Shopper, title string) error {
	ticket, err := s.Offer(ctx, title, "10.00")
	if err != nil {
		return fmt.Errorf("offer: %w", err)
	}
	_, changed := s.Reoffer(ctx, ticket.ID, title, "11.00")
	_, seen := s.Ticket(ctx, ticket.ID)
	_, known := s.WhoAmI(ctx)
	listed := s.Call(ctx, "GET", "/api/orders", nil, nil)
	c.requests.Add(5)
	return errors.Join(changed, seen, known, listed)
}

// home sends the crowd home, and returns how many requests it made. Any that failed fails the test.
func (c *crowd) home(t *testing.T) int64 {
	t.Helper()
	c.cancel()
	if err := c.people.Wait(); err != nil {
		t.Errorf("somebody was turned away: %v", err)
	}
	t.Logf("%d requests", c.requests.Load())
	return c.requests.Load()
}
