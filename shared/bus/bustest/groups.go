package bustest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/gittix/ticketing/shared/bus"
)

func publishFromMany(t *testing.T, w *world) {
	const publishers, each = 16, 20
	var arrived tally
	b := w.subscribed(w.broker.Addr(), bus.Subscription{Subject: subject, Group: "all", Handle: arrived.handle})
	var all sync.WaitGroup
	for p := range publishers {
		all.Go(func() {
			for i := range each {
				if err := b.Publish(t.Context(), subject, fmt.Appendf(nil, "%d/%d", p, i)); err != nil {
					t.Errorf("publish: %v", err)
				}
			}
		})
	}
	all.Wait()
	w.eventually("all arrive", func() bool { return arrived.distinct() == publishers*each })
}

func waitsForFirst(_ *testing.T, w *world) {
	b := w.bus(w.broker.Addr())
	w.publish(b, "early", "late")
	var arrived tally
	w.subscribe(b, bus.Subscription{Subject: subject, Group: "new", Handle: arrived.handle})
	w.eventually("both arrive", func() bool { return arrived.of("early") > 0 && arrived.of("late") > 0 })
}

func groupOutlivesMembers(_ *testing.T, w *world) {
	var before, after tally
	first := w.subscribed(w.broker.Addr(), bus.Subscription{Subject: subject, Group: "shop", Handle: before.handle})
	w.publish(first, "one")
	w.eventually("one arrives", func() bool { return before.of("one") > 0 })
	w.close(first, patience)

	publisher := w.bus(w.broker.Addr())
	w.publish(publisher, "two", "three")
	w.subscribed(w.broker.Addr(), bus.Subscription{Subject: subject, Group: "shop", Handle: after.handle})
	w.eventually("two and three arrive", func() bool { return after.of("two") > 0 && after.of("three") > 0 })
	w.never("one, which is done, arrives again", func() bool { return after.of("one") > 0 })
}

// groupsAndMembers has two members of one group, each of which holds its first message until the other has one too.
func groupsAndMembers(_ *testing.T, w *world) {
	const messages = 20
	var shared, alone tally
	started := [2]chan struct{}{make(chan struct{}), make(chan struct{})}
	for me := range 2 {
		starting := sync.OnceFunc(func() { close(started[me]) })
		w.subscribed(w.broker.Addr(), bus.Subscription{Subject: subject, Group: "shared", Concurrency: 1,
			Handle: func(ctx context.Context, d bus.Delivery) error {
				starting()
				select {
				case <-started[1-me]:
					return shared.handle(ctx, d)
				case <-ctx.Done():
					return ctx.Err()
				}
			}})
	}
	b := w.subscribed(w.broker.Addr(), bus.Subscription{Subject: subject, Group: "alone", Handle: alone.handle})
	for i := range messages {
		w.publish(b, fmt.Sprint(i))
	}
	w.eventually("the members together handle all", func() bool { return shared.distinct() == messages })
	w.eventually("the other group handles all", func() bool { return alone.distinct() == messages })
}

func crashedMember(t *testing.T, w *world) {
	var arrived tally
	taken := make(chan struct{})
	taking := sync.OnceFunc(func() { close(taken) })
	wire := newProxy(t, w.broker.Addr())
	w.subscribed(wire.Addr(), bus.Subscription{Subject: subject, Group: "shop",
		Handle: func(ctx context.Context, _ bus.Delivery) error {
			taking()
			<-ctx.Done() // it never answers
			return ctx.Err()
		}})
	publisher := w.bus(w.broker.Addr())
	w.publish(publisher, "precious")
	await(w, "the member takes it", taken)
	wire.Cut()
	var attempt int
	var mu sync.Mutex
	w.subscribed(w.broker.Addr(), bus.Subscription{Subject: subject, Group: "shop",
		Handle: func(ctx context.Context, d bus.Delivery) error {
			mu.Lock()
			defer mu.Unlock()
			attempt = d.Attempt
			return arrived.handle(ctx, d)
		}})
	w.eventually("the other member gets it", func() bool { return arrived.of("precious") > 0 })
	mu.Lock()
	defer mu.Unlock()
	if attempt < 2 {
		t.Errorf("attempt %d, want 2 or more", attempt)
	}
}
