package outbox_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/outbox"
)

// queue is a source in memory, which knows how long its events waited.
type queue struct {
	mu     sync.Mutex
	stored []time.Time
	woken  chan struct{}
	rounds int
	waits  []time.Duration
}

func (q *queue) add() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stored = append(q.stored, time.Now())
	select {
	case q.woken <- struct{}{}:
	default:
	}
}

func (q *queue) Wait(ctx context.Context) error {
	select {
	case <-q.woken:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (q *queue) Relay(ctx context.Context, limit int, send outbox.Send) (int, error) {
	q.mu.Lock()
	n := min(limit, len(q.stored))
	q.mu.Unlock()
	if n == 0 {
		return 0, nil
	}
	send(ctx, make([]event.Event, n))
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, at := range q.stored[:n] {
		q.waits = append(q.waits, time.Since(at))
	}
	q.stored = q.stored[n:]
	q.rounds++
	return n, nil
}

// A relay to which many events come sends those of a few milliseconds together. One that comes alone is sent at once, also after such a time.
func TestCompany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // where time is only counted
		q := &queue{woken: make(chan struct{}, 1)}
		stop := run(t, relay(q, func(context.Context, event.Event) error {
			time.Sleep(time.Millisecond)
			return nil
		}))
		const events = 2000
		for range events {
			q.add()
			time.Sleep(50 * time.Microsecond)
		}
		time.Sleep(time.Second)
		q.mu.Lock()
		if len(q.waits) != events || q.rounds > events/100 {
			t.Errorf("%d events in %d rounds", len(q.waits), q.rounds)
		}
		for _, waited := range q.waits {
			if waited > 20*time.Millisecond {
				t.Fatalf("one waited for %v", waited)
			}
		}
		q.waits = nil
		q.mu.Unlock()
		for range 3 {
			q.add()
			time.Sleep(20 * time.Millisecond)
		}
		q.mu.Lock()
		for _, waited := range q.waits {
			if waited > time.Millisecond {
				t.Errorf("one that came alone waited for %v", waited)
			}
		}
		q.mu.Unlock()
		stop()
	})
}
