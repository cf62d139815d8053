package bustest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/gittix/ticketing/shared/bus"
)

func publishFromMany(t *testing.T, f *fixture) {
	const publishers, each = 16, 20
	var arrived tally
	b := f.subscribed(f.broker.Addr(), bus.Subscription{Subject: subject, Group: "all", Handle: arrived.handle})
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
	f.eventually("all arrive", func() bool { return arrived.distinct() == publishers*each })
}

func waitsForFirst(_ *testing.T, f *fixture) {
	b := f.bus(f.broker.Addr())
	f.publish(b, "early", "late")
	var arrived tally
	f.subscribe(b, bus.Subscription{Subject: subject, Group: "new", Handle: arrived.handle})
	f.arrives(&arrived, "early", "late")
}

func groupOutlivesMembers(_ *testing.T, f *fixture) {
	var before, after tally
	first := f.member(before.handle)
	f.publish(first, "one")
	f.arrives(&before, "one")
	f.close(first, timeout)

	publisher := f.bus(f.broker.Addr())
	f.publish(publisher, "two", "three")
	f.member(after.handle)
	f.arrives(&after, "two", "three")
	f.never("one, which is done, arrives again", func() bool { return after.of("one") > 0 })
}

// groupsAndMembers has two members of one group, each of which holds its first message until the other has one too.
func groupsAndMembers(_ *testing.T, f *fixture) {
	const messages = 20
	var shared, alone tally
	started := [2]chan struct{}{make(chan struct{}), make(chan struct{})}
	for me := range 2 {
		starting := sync.OnceFunc(func() { close(started[me]) })
		f.subscribed(f.broker.Addr(), bus.Subscription{Subject: subject, Group: "shared", Concurrency: 1,
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
	b := f.subscribed(f.broker.Addr(), bus.Subscription{Subject: subject, Group: "alone", Handle: alone.handle})
	for i := range messages {
		f.publish(b, fmt.Sprint(i))
	}
	f.eventually("the members together handle all", func() bool { return shared.distinct() == messages })
	f.eventually("the other group handles all", func() bool { return alone.distinct() == messages })
}

func crashedMember(t *testing.T, f *fixture) {
	var arrived tally
	taken := make(chan struct{})
	taking := sync.OnceFunc(func() { close(taken) })
	wire := newProxy(t, f.broker.Addr())
	f.subscribed(wire.Addr(), bus.Subscription{Subject: subject, Group: "shop",
		Handle: func(ctx context.Context, _ bus.Delivery) error {
			taking()
			<-ctx.Done() // it never answers
			return ctx.Err()
		}})
	publisher := f.bus(f.broker.Addr())
	f.publish(publisher, "precious")
	await(f, "the member takes it", taken)
	wire.Cut()
	var attempt int
	var mu sync.Mutex
	f.subscribed(f.broker.Addr(), bus.Subscription{Subject: subject, Group: "shop",
		Handle: func(ctx context.Context, d bus.Delivery) error {
			mu.Lock()
			defer mu.Unlock()
			attempt = d.Attempt
			return arrived.handle(ctx, d)
		}})
	f.eventually("the other member gets it", func() bool { return arrived.of("precious") > 0 })
	mu.Lock()
	defer mu.Unlock()
	if attempt < 2 {
		t.Errorf("attempt %d, want 2 or more", attempt)
	}
}
