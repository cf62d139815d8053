package jetstream_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"

	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/bus/jetstream"
	"github.com/gittix/ticketing/shared/embedded/jetstreamserver"
	"github.com/gittix/ticketing/shared/event"
)

// operator is a server, and a connection that may do everything to it.
func operator(t *testing.T) (*jetstreamserver.Server, natsjs.JetStream) {
	t.Helper()
	server, err := jetstreamserver.Start(jetstreamserver.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	nc, err := nats.Connect("nats://" + server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := natsjs.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return server, js
}

func open(t *testing.T, server *jetstreamserver.Server) *bus.Bus {
	b := bus.New(jetstream.New(jetstream.Config{Servers: []string{"nats://" + server.Addr()}, ClientName: "test"}), bus.Options{})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := b.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return b
}

func eventually(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !happened(); <-time.After(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// TestDeletedWhileConnected deletes what the bus stands on; the connection itself is fine. Without a subscription only
// publishing can notice.
func TestDeletedWhileConnected(t *testing.T) {
	t.Parallel()
	stream := func(ctx context.Context, js natsjs.JetStream) error { return js.DeleteStream(ctx, "ticketing") }
	durable := func(ctx context.Context, js natsjs.JetStream) error {
		return js.DeleteConsumer(ctx, "ticketing", "shop=tickets~created")
	}
	for name, c := range map[string]struct {
		remove     func(context.Context, natsjs.JetStream) error
		subscribed bool
	}{"stream": {stream, true}, "consumer": {durable, true}, "stream of a publisher": {stream, false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, js := operator(t)
			var arrived atomic.Int32
			b := open(t, server)
			if c.subscribed {
				if err := b.Subscribe(bus.Subscription{Subject: "tickets.created", Group: "shop",
					Handle: func(context.Context, bus.Delivery) error { arrived.Add(1); return nil }}); err != nil {
					t.Fatal(err)
				}
			}
			publish := func() bool { return b.Publish(t.Context(), "tickets.created", []byte("{}")) == nil }
			for range 2 {
				before := arrived.Load()
				eventually(t, "published", publish)
				eventually(t, "arrived", func() bool { return arrived.Load() > before || !c.subscribed })
				if err := c.remove(t.Context(), js); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// TestExistingStreamKeepsSettingsAndGetsSubjects: the stream of an older version takes every event of this one.
func TestExistingStreamKeepsSettingsAndGetsSubjects(t *testing.T) {
	t.Parallel()
	server, js := operator(t)
	_, err := js.CreateStream(t.Context(), natsjs.StreamConfig{
		Name: "ticketing", Subjects: []string{"orders.>", "other"}, MaxAge: time.Hour,
	})
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, server)
	for _, e := range event.All() {
		eventually(t, e.Type+" published", func() bool { return b.Publish(t.Context(), e.Type, []byte("{}")) == nil })
	}
	stream, err := js.Stream(t.Context(), "ticketing")
	if err != nil {
		t.Fatal(err)
	}
	got := stream.CachedInfo().Config
	if got.MaxAge != time.Hour || !slices.Equal(got.Subjects[:2], []string{"orders.>", "other"}) {
		t.Errorf("got %v, %v", got.MaxAge, got.Subjects)
	}
}
