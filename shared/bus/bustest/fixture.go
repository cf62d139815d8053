package bustest

import (
	"context"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/bus"
)

const (
	subject       = "tickets.created"
	ackWait       = time.Second
	maxDeliveries = 3
	timeout       = 60 * time.Second // for what must happen; only a failing test waits so long
	quiet         = 2 * ackWait      // for what must not happen
)

// fixture is one broker and those who use it.
type fixture struct {
	t      *testing.T
	h      Harness
	dir    string
	broker Broker
	giveUp time.Duration // of the buses that are opened; 0: the default
}

func newFixture(t *testing.T, h Harness) *fixture {
	f := &fixture{t: t, h: h, dir: t.TempDir()}
	f.start(0)
	t.Cleanup(func() { f.broker.Stop() })
	return f
}

func (f *fixture) start(port int) {
	f.t.Helper()
	broker, err := f.h.Start(f.dir, port)
	if err != nil {
		f.t.Fatalf("start broker: %v", err)
	}
	f.broker = broker
}

func (f *fixture) port() int {
	_, port, err := net.SplitHostPort(f.broker.Addr())
	if err != nil {
		f.t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		f.t.Fatal(err)
	}
	return number
}

// bus opens a bus to addr, which is closed with the test.
func (f *fixture) bus(addr string) *bus.Bus {
	b := bus.New(f.h.Driver(addr), bus.Options{
		Logger:        slog.New(slog.NewTextHandler(f.t.Output(), nil)),
		AckWait:       ackWait,
		MaxDeliveries: maxDeliveries,
		GiveUp:        f.giveUp,
		PublishWait:   timeout,
	})
	f.t.Cleanup(func() { f.close(b, time.Second) })
	return b
}

// close ends b; that it may not end well is for the cases to say.
func (f *fixture) close(b *bus.Bus, within time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	if err := b.Close(ctx); err != nil {
		f.t.Logf("close: %v", err)
	}
}

// subscribed opens a bus with one live subscription.
func (f *fixture) subscribed(addr string, s bus.Subscription) *bus.Bus {
	f.t.Helper()
	b := f.bus(addr)
	f.subscribe(b, s)
	f.eventually("the bus is ready", func() bool { return b.Ready(f.t.Context()) == nil })
	return b
}

// member opens a bus that is a member of the group "shop".
func (f *fixture) member(handle func(context.Context, bus.Delivery) error) *bus.Bus {
	f.t.Helper()
	return f.subscribed(f.broker.Addr(), bus.Subscription{Subject: subject, Group: "shop", Handle: handle})
}

// arrives waits for messages.
func (f *fixture) arrives(at *tally, messages ...string) {
	f.t.Helper()
	for _, m := range messages {
		f.eventually(m+" arrives", func() bool { return at.of(m) > 0 })
	}
}

func (f *fixture) subscribe(b *bus.Bus, s bus.Subscription) {
	f.t.Helper()
	s.Together = s.Together || f.h.Together
	if err := b.Subscribe(s); err != nil {
		f.t.Fatalf("subscribe: %v", err)
	}
}

// publish tries until the broker has each message.
func (f *fixture) publish(b *bus.Bus, messages ...string) {
	f.t.Helper()
	for _, m := range messages {
		f.eventually("publish "+m, func() bool { return b.Publish(f.t.Context(), subject, []byte(m)) == nil })
	}
}

func (f *fixture) eventually(what string, happened func() bool) {
	f.t.Helper()
	for deadline := time.Now().Add(timeout); !happened(); <-time.After(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			f.t.Fatalf("never: %s", what)
		}
	}
}

// await waits for a signal.
func await[T any](f *fixture, what string, signal <-chan T) T {
	f.t.Helper()
	select {
	case value := <-signal:
		return value
	case <-time.After(timeout):
	}
	f.t.Fatalf("never: %s", what)
	return *new(T)
}

func (f *fixture) never(what string, happened func() bool) {
	f.t.Helper()
	for deadline := time.Now().Add(quiet); time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		if happened() {
			f.t.Fatalf("should not be: %s", what)
		}
	}
}

// tally counts what arrived, by message.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
}

func (c *tally) add(d bus.Delivery) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = map[string]int{}
	}
	c.counts[string(d.Data)]++
	return c.counts[string(d.Data)]
}

func (c *tally) of(message string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.counts[message]
}

// distinct is how many different messages arrived.
func (c *tally) distinct() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.counts)
}

// handle counts and succeeds.
func (c *tally) handle(_ context.Context, d bus.Delivery) error {
	c.add(d)
	return nil
}
