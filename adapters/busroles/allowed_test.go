package busroles_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/gittix/ticketing/adapters/adaptertest"
	"github.com/gittix/ticketing/adapters/busroles"
	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/bus/busurl"
	"github.com/gittix/ticketing/shared/event"
)

// TestAllowed: each user sends its own events and gets those that it consumes, by the drivers that services use.
func TestAllowed(t *testing.T) {
	t.Parallel()
	roles, err := busroles.All()
	if err != nil {
		t.Fatal(err)
	}
	for kind, b := range brokers(t, roles) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			buses := map[string]*bus.Bus{}
			expected := 0
			arrived := make(chan string, 100)
			for _, role := range roles[:len(roles)-1] { // the dispatcher would take what is for the others
				opened, err := busurl.Open(b.URLOf(role.Name, password(role.Name)), role.Name, bus.Options{})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = opened.Close(context.WithoutCancel(ctx)) }) // its answer says nothing here
				buses[role.Name] = opened
				for _, c := range role.Consumes {
					expected++
					if err := opened.Subscribe(bus.Subscription{Subject: c.Subject, Group: c.Group, Handle: func(context.Context, bus.Delivery) error {
						arrived <- c.Group + " " + c.Subject
						return nil
					}}); err != nil {
						t.Fatal(err)
					}
				}
			}
			for _, e := range event.All() {
				if err := adaptertest.Await(ctx, time.Minute, func(ctx context.Context) error {
					return buses[event.Publisher(e.Type)].Publish(ctx, e.Type, []byte("{}"))
				}); err != nil {
					t.Fatalf("%s is not sent: %v", e.Type, err)
				}
			}
			for seen := map[string]bool{}; len(seen) < expected; {
				select {
				case consumption := <-arrived:
					seen[consumption] = true
				case <-ctx.Done():
					t.Fatalf("%d of %d consumers got their event: %v", len(seen), expected, seen)
				}
			}
		})
	}
}

// TestStrangers: no client connects without a password, or with another's.
func TestStrangers(t *testing.T) {
	t.Parallel()
	roles, err := busroles.All()
	if err != nil {
		t.Fatal(err)
	}
	for kind, b := range brokers(t, roles) {
		for name, options := range map[string][]nats.Option{
			"without a password": nil, "with another's": {nats.UserInfo("payments", password("tickets"))}, "as nobody": {nats.UserInfo("nobody", password("tickets"))},
		} {
			nc, err := nats.Connect("nats://"+b.addr, options...)
			if !errors.Is(err, nats.ErrAuthorization) {
				t.Errorf("%s: connected %s: %v", kind, name, err)
			}
			if nc != nil {
				nc.Close()
			}
		}
	}
}
