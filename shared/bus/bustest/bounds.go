package bustest

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/event"
)

// largest publishes as much as an event may be, with room for its envelope, of what a queue of SQS takes as it is, and of what it does not.
func largest(t *testing.T, f *fixture) {
	const envelope = 4 << 10
	var arrived tally
	b := f.member(arrived.handle)
	for _, text := range []string{"x", "\uffff"} {
		message := strings.Repeat(text, (event.MaxData+envelope)/len(text))
		if err := b.Publish(t.Context(), subject, []byte(message)); err != nil {
			t.Fatalf("%d bytes of %q: %v", len(message), text, err)
		}
		f.eventually("it arrives", func() bool { return arrived.of(message) > 0 })
	}
}

// boundedHandlers has handlers that hold their slot until the broker has sent everything again.
func boundedHandlers(t *testing.T, f *fixture) {
	const allowed, messages = 2, 6
	var seen, handled tally
	var running, most atomic.Int32
	b := f.subscribed(f.broker.Addr(), bus.Subscription{Subject: subject, Group: "shop", Concurrency: allowed,
		Handle: func(ctx context.Context, d bus.Delivery) error {
			raise(&most, running.Add(1))
			defer running.Add(-1)
			if seen.add(d) == 1 {
				<-ctx.Done()
				return ctx.Err()
			}
			return handled.handle(ctx, d)
		}})
	for i := range messages {
		f.publish(b, fmt.Sprint(i))
	}
	f.eventually("all are handled", func() bool { return handled.distinct() == messages })
	if got := most.Load(); got != allowed {
		t.Errorf("%d handlers at once, want %d", got, allowed)
	}
}

// oneAtATime has a handler that stays much longer than AckWait, and ignores its context.
func oneAtATime(t *testing.T, f *fixture) {
	var running, handled atomic.Int32
	var twice atomic.Bool
	b := f.subscribed(f.broker.Addr(), bus.Subscription{Subject: subject, Group: "shop",
		Handle: func(context.Context, bus.Delivery) error {
			if running.Add(1) > 1 {
				twice.Store(true)
			}
			defer running.Add(-1)
			<-time.After(quiet + ackWait/2)
			handled.Add(1)
			return nil
		}})
	f.publish(b, "slow")
	f.eventually("it is handled", func() bool { return handled.Load() > 0 })
	if twice.Load() {
		t.Error("a message was handled twice at the same time")
	}
}

func handlerDeadline(t *testing.T, f *fixture) {
	var late atomic.Bool
	done := make(chan struct{})
	b := f.subscribed(f.broker.Addr(), bus.Subscription{Subject: subject, Group: "shop",
		Handle: func(ctx context.Context, d bus.Delivery) error {
			if late.CompareAndSwap(false, true) {
				<-ctx.Done()
				return ctx.Err()
			}
			close(done)
			return nil
		},
		DeadLetter: func(context.Context, bus.Delivery, error) error {
			t.Error("went to the dead letters")
			return nil
		}})
	f.publish(b, "slow")
	await(f, "it is handled", done)
}

// comeTogether: as many as may be under way are, in one member, and no more.
func comeTogether(t *testing.T, f *fixture) {
	const allowed = 50
	var seen tally
	var running, most atomic.Int32
	release := make(chan struct{})
	b := f.subscribed(f.broker.Addr(), bus.Subscription{Subject: subject, Group: "shop", Concurrency: allowed, Together: true,
		Handle: func(ctx context.Context, d bus.Delivery) error {
			raise(&most, running.Add(1))
			defer running.Add(-1)
			seen.add(d)
			select {
			case <-release:
			case <-ctx.Done():
			}
			return ctx.Err()
		}})
	for n := range 3 * allowed {
		f.publish(b, fmt.Sprint(n))
	}
	f.eventually("all that may be are under way", func() bool { return running.Load() == allowed })
	close(release)
	f.eventually("the others come", func() bool { return seen.distinct() == 3*allowed })
	if got := most.Load(); got > allowed {
		t.Errorf("%d were under way, want %d", got, allowed)
	}
}

// raise makes most at least now.
func raise(most *atomic.Int32, now int32) {
	for m := most.Load(); now > m && !most.CompareAndSwap(m, now); m = most.Load() {
	}
}
