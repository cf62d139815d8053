package jetstream_test

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"

	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/bus/access"
	"github.com/gittix/ticketing/shared/bus/jetstream"
	"github.com/gittix/ticketing/shared/embedded/jetstreamserver"
	"github.com/gittix/ticketing/shared/embedded/natsserver"
)

const subject = "tickets.created"

// with opens a bus with a configuration for a server, and waits until it publishes.
func with(t *testing.T, server *jetstreamserver.Server, cfg jetstream.Config, opts bus.Options) *bus.Bus {
	t.Helper()
	cfg.Servers = []string{"nats://" + server.Addr()}
	b := bus.New(jetstream.New(cfg), opts)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_ = b.Close(ctx) // its server may be gone
	})
	eventually(t, "published", func() bool { return b.Publish(t.Context(), subject, []byte("{}")) == nil })
	return b
}

func limits(t *testing.T, js natsjs.JetStream) (age time.Duration, bytes int64) {
	t.Helper()
	stream, err := js.Stream(t.Context(), "ticketing")
	if err != nil {
		t.Fatal(err)
	}
	c := stream.CachedInfo().Config
	if c.Discard != natsjs.DiscardOld {
		t.Errorf("a full stream refuses what is new")
	}
	return c.MaxAge, c.MaxBytes
}

// TestLimits: a stream of a version that knew none gets limits, and those that it has stay, whatever version connects next; but what the
// configuration says applies.
func TestLimits(t *testing.T) {
	t.Parallel()
	const day, gib = 24 * time.Hour, 1 << 30
	for name, c := range map[string]struct {
		exists *natsjs.StreamConfig
		cfg    []jetstream.Config // connecting one after the other, and staying
		age    time.Duration
		bytes  int64
	}{
		"new":                            {nil, []jetstream.Config{{}}, jetstream.DefaultMaxAge, jetstream.DefaultMaxBytes},
		"new, configured":                {nil, []jetstream.Config{{MaxAge: day, MaxBytes: gib}}, day, gib},
		"without":                        {&natsjs.StreamConfig{}, []jetstream.Config{{}}, jetstream.DefaultMaxAge, jetstream.DefaultMaxBytes},
		"refuses what is new":            {&natsjs.StreamConfig{MaxBytes: gib, Discard: natsjs.DiscardNew}, []jetstream.Config{{}}, jetstream.DefaultMaxAge, gib},
		"an operator's":                  {&natsjs.StreamConfig{MaxAge: day, MaxBytes: gib}, []jetstream.Config{{}}, day, gib},
		"two versions, one of them says": {&natsjs.StreamConfig{}, []jetstream.Config{{MaxAge: day}, {}}, day, jetstream.DefaultMaxBytes},
		"shorter than duplicates":        {&natsjs.StreamConfig{}, []jetstream.Config{{MaxAge: time.Minute}}, time.Minute, jetstream.DefaultMaxBytes},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, js := operator(t)
			if c.exists != nil {
				c.exists.Name, c.exists.Subjects = "ticketing", []string{"tickets.>"}
				if _, err := js.CreateStream(t.Context(), *c.exists); err != nil {
					t.Fatal(err)
				}
			}
			var buses []*bus.Bus
			for _, cfg := range c.cfg {
				buses = append(buses, with(t, server, cfg, bus.Options{}))
			}
			if age, bytes := limits(t, js); age != c.age || bytes != c.bytes {
				t.Errorf("%v and %d bytes, want %v and %d", age, bytes, c.age, c.bytes)
			}
			for _, b := range buses {
				if err := b.Publish(t.Context(), subject, []byte("{}")); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestServerWithLittleRoom: the default limit gives way to what the server has, and a configured one is refused with its name.
func TestServerWithLittleRoom(t *testing.T) {
	t.Parallel()
	const room = 100 << 20
	server, err := jetstreamserver.Start(jetstreamserver.Config{Dir: t.TempDir(), MaxStore: room})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	_, err = jetstream.New(jetstream.Config{Servers: []string{"nats://" + server.Addr()}, MaxBytes: 2 * room}).Connect(t.Context())
	if err == nil || !strings.Contains(err.Error(), "max_bytes=209715200") {
		t.Errorf("more than there is: %v", err)
	}
	b := with(t, server, jetstream.Config{}, bus.Options{})
	store, err := b.Store(t.Context())
	if err != nil || store.MaxBytes > room || store.MaxBytes < room/2 {
		t.Errorf("%+v, %v", store, err)
	}
}

// TestMayNotChangeTheStream: a user that may not, as in k8s/, works with a stream without limits as it is.
func TestMayNotChangeTheStream(t *testing.T) {
	t.Parallel()
	roles := []access.Role{{Name: "tickets", Publishes: []string{"tickets.*"}}}
	server, err := jetstreamserver.Start(jetstreamserver.Config{Dir: t.TempDir(), Users: natsserver.Users(roles, access.JetStream, func(user string) string { return user })})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	nc, err := nats.Connect("nats://"+server.Addr(), nats.UserInfo(access.Operator, access.Operator))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := natsjs.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(t.Context(), natsjs.StreamConfig{Name: "ticketing", Subjects: []string{"tickets.>"}}); err != nil {
		t.Fatal(err)
	}
	b := with(t, server, jetstream.Config{Options: []nats.Option{nats.UserInfo("tickets", "tickets"), nats.CustomInboxPrefix(jetstream.InboxPrefix("tickets"))}}, bus.Options{})
	if store, err := b.Store(t.Context()); err != nil || store.MaxBytes != 0 {
		t.Errorf("%+v, %v", store, err)
	}
}

// TestServerIsFull: a server without room refuses for now, and the bus says so. When there is room again it works, by itself.
func TestServerIsFull(t *testing.T) {
	t.Parallel()
	server, err := jetstreamserver.Start(jetstreamserver.Config{Dir: t.TempDir(), MaxStore: 1 << 20})
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
	other, err := js.CreateStream(t.Context(), natsjs.StreamConfig{Name: "other", Subjects: []string{"other"}})
	if err != nil {
		t.Fatal(err)
	}
	b := with(t, server, jetstream.Config{MaxBytes: 100 << 10}, bus.Options{})
	for err == nil {
		_, err = js.Publish(t.Context(), "other", make([]byte, 10<<10))
	}
	if err := b.Publish(t.Context(), subject, []byte("{}")); !errors.Is(err, bus.ErrUnavailable) || !bus.Temporary(err) {
		t.Errorf("publish: %v, want ErrUnavailable", err)
	}
	if err := b.Ready(t.Context()); !errors.Is(err, bus.ErrUnavailable) {
		t.Errorf("ready: %v, want ErrUnavailable", err)
	}
	if err := other.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "published again", func() bool { return b.Publish(t.Context(), subject, []byte("{}")) == nil })
	if err := b.Ready(t.Context()); err != nil {
		t.Errorf("ready: %v", err)
	}
}

// TestQuietGroupMissesNothing: a group whose subject is quiet while the stream moves on is there all the time, also over a restart of
// the server, and when another member comes.
func TestQuietGroupMissesNothing(t *testing.T) {
	t.Parallel()
	cfg := jetstreamserver.Config{Dir: t.TempDir()}
	server, err := jetstreamserver.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Stop() })
	var missed atomic.Int32
	member := func() *bus.Bus {
		b := with(t, server, jetstream.Config{MaxBytes: 20 << 10}, bus.Options{Missed: func(string, string) { missed.Add(1) }})
		if err := b.Subscribe(bus.Subscription{Subject: "tickets.updated", Group: "quiet", Handle: func(context.Context, bus.Delivery) error { return nil }}); err != nil {
			t.Fatal(err)
		}
		eventually(t, "subscribed", func() bool { return b.Ready(t.Context()) == nil })
		return b
	}
	b := member()
	for range 50 {
		if err := b.Publish(t.Context(), subject, make([]byte, 1<<10)); err != nil {
			t.Fatal(err)
		}
	}
	member()
	cfg.Port = int(netip.MustParseAddrPort(server.Addr()).Port())
	server.Stop()
	if server, err = jetstreamserver.Start(cfg); err != nil {
		t.Fatal(err)
	}
	eventually(t, "connected again", func() bool { return b.Ready(t.Context()) == nil })
	if missed.Load() > 0 {
		t.Error("it is said to have missed something")
	}
}
