package bustest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/bus"
)

func absentBroker(t *testing.T, f *fixture) {
	addr, port := f.broker.Addr(), f.port()
	f.broker.Stop()
	b := f.bus(addr)
	var arrived tally
	f.subscribe(b, bus.Subscription{Subject: subject, Group: "shop", Handle: arrived.handle})
	if err := b.Ready(t.Context()); !errors.Is(err, bus.ErrUnavailable) {
		t.Errorf("ready: %v, want ErrUnavailable", err)
	}
	if err := b.Publish(t.Context(), subject, nil); !errors.Is(err, bus.ErrUnavailable) {
		t.Errorf("publish: %v, want ErrUnavailable", err)
	}
	f.start(port)
	f.eventually("the bus is ready", func() bool { return b.Ready(t.Context()) == nil })
	f.publish(b, "one")
	f.arrives(&arrived, "one")
}

// restartedBroker goes away and comes back while messages are published and handled all the time.
func restartedBroker(t *testing.T, f *fixture) {
	var arrived tally
	b := f.member(arrived.handle)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var publishing sync.WaitGroup
	var mu sync.Mutex
	var stored []string
	count := func() int { mu.Lock(); defer mu.Unlock(); return len(stored) }
	for p := range 4 {
		publishing.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				message := fmt.Sprintf("%d/%d", p, i)
				if b.Publish(ctx, subject, []byte(message)) == nil {
					mu.Lock()
					stored = append(stored, message)
					mu.Unlock()
				}
				<-time.After(5 * time.Millisecond) // a rate, not a wait
			}
		})
	}
	port := f.port()
	for range 2 {
		before := count()
		f.eventually("messages are published", func() bool { return count() > before+20 })
		f.broker.Stop()
		f.eventually("the bus is not ready", func() bool { return b.Ready(ctx) != nil })
		f.start(port)
		f.eventually("the bus is ready again", func() bool { return b.Ready(ctx) == nil })
	}
	before := count()
	f.eventually("messages are published again", func() bool { return count() > before+20 })
	stop()
	publishing.Wait()
	f.arrives(&arrived, stored...)
}

func forgetfulBroker(t *testing.T, f *fixture) {
	var arrived tally
	b := f.member(arrived.handle)
	f.publish(b, "before")
	f.arrives(&arrived, "before")
	port := f.port()
	f.broker.Stop()
	f.eventually("the bus is not ready", func() bool { return b.Ready(t.Context()) != nil })
	f.dir = t.TempDir()
	f.start(port)
	if f.h.Cloud {
		f.eventually("the group is there", func() bool { return b.Ready(t.Context()) == nil })
	}
	f.publish(b, "after")
	f.arrives(&arrived, "after")
	f.eventually("the bus is ready again", func() bool { return b.Ready(t.Context()) == nil })
}

// hangingConnection stands, but nothing comes through: only missed pings show it.
func hangingConnection(_ *testing.T, f *fixture) {
	var arrived tally
	wire := newProxy(f.t, f.broker.Addr())
	b := f.subscribed(wire.Addr(), bus.Subscription{Subject: subject, Group: "shop", Handle: arrived.handle})
	wire.Freeze()
	f.eventually("the bus is not ready", func() bool { return b.Ready(f.t.Context()) != nil })
	f.eventually("the bus is ready again", func() bool { return b.Ready(f.t.Context()) == nil })
	f.publish(b, "after")
	f.arrives(&arrived, "after")
}

func frozenBroker(t *testing.T, f *fixture) {
	wire := newProxy(t, f.broker.Addr())
	b := f.subscribed(wire.Addr(), bus.Subscription{Subject: subject, Group: "shop", Handle: new(tally).handle})
	wire.FreezeAll()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	err := b.Publish(ctx, subject, []byte("lost"))
	if !errors.Is(err, bus.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("publish: %v, want ErrUnavailable, DeadlineExceeded", err)
	}
	closing, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := b.Close(closing); err == nil && !f.h.Cloud { // and it returns at all
		t.Error("close says that the frozen broker has answered")
	}
}

// brokenWhilePublishing gives the publisher less time than it takes to miss enough pings: the break itself must end it.
func brokenWhilePublishing(t *testing.T, f *fixture) {
	wire := newProxy(t, f.broker.Addr())
	b := f.bus(wire.Addr())
	f.publish(b, "one")
	wire.Freeze()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	failure := make(chan error, 1)
	go func() { failure <- b.Publish(ctx, subject, []byte("lost")) }()
	f.eventually("the message is on its way", func() bool { return wire.Swallowed() > 0 })
	wire.Cut()
	if err := await(f, "publish fails", failure); !errors.Is(err, bus.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("publish: %v, want ErrUnavailable before the deadline", err)
	}
}
