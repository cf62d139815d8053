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

func absentBroker(t *testing.T, w *world) {
	addr, port := w.broker.Addr(), w.port()
	w.broker.Stop()
	b := w.bus(addr)
	var arrived tally
	w.subscribe(b, bus.Subscription{Subject: subject, Group: "shop", Handle: arrived.handle})
	if err := b.Ready(t.Context()); !errors.Is(err, bus.ErrUnavailable) {
		t.Errorf("ready: %v, want ErrUnavailable", err)
	}
	if err := b.Publish(t.Context(), subject, nil); !errors.Is(err, bus.ErrUnavailable) {
		t.Errorf("publish: %v, want ErrUnavailable", err)
	}
	w.start(port)
	w.eventually("the bus is ready", func() bool { return b.Ready(t.Context()) == nil })
	w.publish(b, "one")
	w.eventually("it arrives", func() bool { return arrived.of("one") > 0 })
}

// restartedBroker goes away and comes back while messages are published and handled all the time.
func restartedBroker(t *testing.T, w *world) {
	var arrived tally
	b := w.subscribed(w.broker.Addr(), bus.Subscription{Subject: subject, Group: "shop", Handle: arrived.handle})
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
				time.Sleep(5 * time.Millisecond) // a rate, not a wait
			}
		})
	}
	port := w.port()
	for range 2 {
		before := count()
		w.eventually("messages are published", func() bool { return count() > before+20 })
		w.broker.Stop()
		w.eventually("the bus is not ready", func() bool { return b.Ready(ctx) != nil })
		w.start(port)
		w.eventually("the bus is ready again", func() bool { return b.Ready(ctx) == nil })
	}
	before := count()
	w.eventually("messages are published again", func() bool { return count() > before+20 })
	stop()
	publishing.Wait()
	for _, message := range stored {
		w.eventually("stored message "+message+" arrives", func() bool { return arrived.of(message) > 0 })
	}
}

func forgetfulBroker(t *testing.T, w *world) {
	var arrived tally
	b := w.subscribed(w.broker.Addr(), bus.Subscription{Subject: subject, Group: "shop", Handle: arrived.handle})
	w.publish(b, "before")
	w.eventually("it arrives", func() bool { return arrived.of("before") > 0 })
	port := w.port()
	w.broker.Stop()
	w.dir = t.TempDir()
	w.start(port)
	w.publish(b, "after")
	w.eventually("it arrives", func() bool { return arrived.of("after") > 0 })
	w.eventually("the bus is ready again", func() bool { return b.Ready(t.Context()) == nil })
}

// hangingConnection stands, but nothing comes through: only the pings can tell.
func hangingConnection(_ *testing.T, w *world) {
	var arrived tally
	wire := newProxy(w.t, w.broker.Addr())
	b := w.subscribed(wire.Addr(), bus.Subscription{Subject: subject, Group: "shop", Handle: arrived.handle})
	wire.Freeze()
	w.eventually("the bus is not ready", func() bool { return b.Ready(w.t.Context()) != nil })
	w.eventually("the bus is ready again", func() bool { return b.Ready(w.t.Context()) == nil })
	w.publish(b, "after")
	w.eventually("it arrives", func() bool { return arrived.of("after") > 0 })
}

func frozenBroker(t *testing.T, w *world) {
	wire := newProxy(t, w.broker.Addr())
	b := w.subscribed(wire.Addr(), bus.Subscription{Subject: subject, Group: "shop", Handle: new(tally).handle})
	wire.Freeze()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	err := b.Publish(ctx, subject, []byte("lost"))
	if !errors.Is(err, bus.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("publish: %v, want ErrUnavailable, DeadlineExceeded", err)
	}
	closing, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := b.Close(closing); err == nil { // and it returns at all
		t.Error("close says that the frozen broker has heard it")
	}
}

// brokenWhilePublishing gives the publisher less time than it takes to miss enough pings: the break itself must tell.
func brokenWhilePublishing(t *testing.T, w *world) {
	wire := newProxy(t, w.broker.Addr())
	b := w.bus(wire.Addr())
	w.publish(b, "one")
	wire.Freeze()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	failure := make(chan error, 1)
	go func() { failure <- b.Publish(ctx, subject, []byte("lost")) }()
	w.eventually("the message is on its way", func() bool { return wire.Swallowed() > 0 })
	wire.Cut()
	if err := await(w, "publish fails", failure); !errors.Is(err, bus.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("publish: %v, want ErrUnavailable before the deadline", err)
	}
}
