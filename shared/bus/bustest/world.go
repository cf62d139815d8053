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
	patience      = 60 * time.Second // for what must happen; only a failing test waits so long
	quiet         = 2 * ackWait      // for what must not happen
)

// world is one broker and those who use it.
type world struct {
	t      *testing.T
	h      Harness
	dir    string
	broker Broker
}

func newWorld(t *testing.T, h Harness) *world {
	w := &world{t: t, h: h, dir: t.TempDir()}
	w.start(0)
	t.Cleanup(func() { w.broker.Stop() })
	return w
}

func (w *world) start(port int) {
	w.t.Helper()
	broker, err := w.h.Start(w.dir, port)
	if err != nil {
		w.t.Fatalf("start broker: %v", err)
	}
	w.broker = broker
}

func (w *world) port() int {
	_, port, err := net.SplitHostPort(w.broker.Addr())
	if err != nil {
		w.t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		w.t.Fatal(err)
	}
	return number
}

// bus opens a bus to addr, which is closed with the test.
func (w *world) bus(addr string) *bus.Bus {
	b := bus.New(w.h.Driver(addr), bus.Options{
		Logger:        slog.New(slog.NewTextHandler(w.t.Output(), nil)),
		AckWait:       ackWait,
		MaxDeliveries: maxDeliveries,
		PublishWait:   patience,
	})
	w.t.Cleanup(func() { w.close(b, time.Second) })
	return b
}

// close ends b; that it may not end well is for the cases to say.
func (w *world) close(b *bus.Bus, within time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	if err := b.Close(ctx); err != nil {
		w.t.Logf("close: %v", err)
	}
}

// subscribed opens a bus with one live subscription.
func (w *world) subscribed(addr string, s bus.Subscription) *bus.Bus {
	w.t.Helper()
	b := w.bus(addr)
	w.subscribe(b, s)
	w.eventually("the bus is ready", func() bool { return b.Ready(w.t.Context()) == nil })
	return b
}

func (w *world) subscribe(b *bus.Bus, s bus.Subscription) {
	w.t.Helper()
	if err := b.Subscribe(s); err != nil {
		w.t.Fatalf("subscribe: %v", err)
	}
}

// publish tries until the broker has each message.
func (w *world) publish(b *bus.Bus, messages ...string) {
	w.t.Helper()
	for _, m := range messages {
		w.eventually("publish "+m, func() bool { return b.Publish(w.t.Context(), subject, []byte(m)) == nil })
	}
}

func (w *world) eventually(what string, happened func() bool) {
	w.t.Helper()
	for deadline := time.Now().Add(patience); !happened(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatalf("never: %s", what)
		}
	}
}

// await waits for a signal.
func await[T any](w *world, what string, signal <-chan T) T {
	w.t.Helper()
	select {
	case value := <-signal:
		return value
	case <-time.After(patience):
	}
	w.t.Fatalf("never: %s", what)
	return *new(T)
}

func (w *world) never(what string, happened func() bool) {
	w.t.Helper()
	for deadline := time.Now().Add(quiet); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if happened() {
			w.t.Fatalf("should not be: %s", what)
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
