package dispatcher

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gittix/ticketing/shared/event"
)

// absent is a target that is unavailable until it was asked often enough.
type absent struct {
	asked, until int
	pause        time.Duration
	least        time.Duration // that any attempt was given
}

func (s *absent) deliver(ctx context.Context, _ event.Event) error {
	if end, ok := ctx.Deadline(); ok {
		s.least = min(s.least, time.Until(end))
	}
	if s.asked++; s.asked < s.until {
		return unavailable{errors.New("not there"), s.pause}
	}
	return nil
}

func TestRetry(t *testing.T) {
	t.Parallel()
	const ackWait = 10 * time.Second
	for name, c := range map[string]struct {
		target   absent
		stopping bool
		want     string
		asked    int
		took     time.Duration // at most
	}{
		"it comes back":          {target: absent{until: 3}, want: "done", asked: 3, took: 300 * time.Millisecond},
		"it asks for a pause":    {target: absent{until: 2, pause: 3 * time.Second}, want: "done", asked: 2, took: 3 * time.Second},
		"it asks for too much":   {target: absent{until: 2, pause: time.Hour}, want: "unavailable", asked: 1, took: ackWait},
		"it stays unavailable":   {target: absent{until: 1000}, want: "unavailable", took: 8 * time.Second},
		"the dispatcher stops":   {target: absent{until: 2, pause: time.Second}, stopping: true, want: "unavailable", asked: 1},
		"it is done nonetheless": {target: absent{until: 1}, stopping: true, want: "done", asked: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { // where time is only counted
				stopping := make(chan struct{})
				if c.stopping {
					close(stopping)
				}
				ctx, cancel := context.WithTimeout(t.Context(), ackWait)
				defer cancel()
				begin := time.Now()
				c.target.least = ackWait
				err := (&deliverer{route{consumer: "c", target: &c.target}, make(chan struct{}, 1), stopping, newMetrics()}).retry(ctx, event.Event{})
				if got := meaning(err); got != c.want || c.asked > 0 && c.target.asked != c.asked || time.Since(begin) > c.took {
					t.Errorf("%s after %d and %v, want %s after %d and %v", got, c.target.asked, time.Since(begin), c.want, c.asked, c.took)
				}
				if c.target.least < ackWait/2 {
					t.Errorf("an attempt was given only %v", c.target.least)
				}
			})
		})
	}
}

// gate is a target that lets nothing pass until it is open.
type gate struct{ came, open chan struct{} }

func (g gate) deliver(context.Context, event.Event) error {
	g.came <- struct{}{}
	<-g.open
	return nil
}

// TestBoundedConcurrency: a consumer gets only so many events at once, of all types together.
func TestBoundedConcurrency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := gate{make(chan struct{}, 10), make(chan struct{})}
		c := &deliverer{route{consumer: "c", target: g}, make(chan struct{}, 2), nil, newMetrics()}
		answers := make(chan error, 5)
		for range 5 {
			go func() { answers <- c.deliver(t.Context(), event.Event{}) }()
		}
		synctest.Wait()
		if n := len(g.came); n != 2 {
			t.Errorf("%d at once, want 2", n)
		}
		close(g.open)
		for range 5 {
			if err := <-answers; err != nil {
				t.Error(err)
			}
		}
	})
}
