package expiration

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"go.opentelemetry.io/otel/propagation"
	"golang.org/x/sync/errgroup"

	"github.com/gittix/ticketing/shared/embedded/redistest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/timestamp"
)

func TestNeverEarlyAndOnce(t *testing.T) {
	t.Parallel()
	a, c, b := newAgenda(t), &clock{now: noon}, &broker{}
	o := newOutbox(a, c.Now)
	follow(t, a, 1, noon.Add(time.Minute))
	follow(t, a, 2, noon.Add(time.Minute+time.Millisecond))
	relay(t, o, b)
	c.Set(noon.Add(time.Minute - time.Microsecond))
	relay(t, o, b)
	c.Set(noon.Add(time.Minute))
	relay(t, o, b, 1)
	c.Set(noon.Add(time.Hour))
	relay(t, o, b, 2)
	relay(t, o, b)
	if left := contents(t, a); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestEventOfAnExpiration(t *testing.T) {
	t.Parallel()
	const trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	a, b := newAgenda(t), &broker{}
	traced := propagation.TraceContext{}.Extract(t.Context(), propagation.MapCarrier{"traceparent": trace})
	if err := a.scheduleExpiration(traced, orderOf(7, event.OrderIsCreated, noon)); err != nil {
		t.Fatal(err)
	}
	var got event.Event
	_, err := newOutbox(a, (&clock{now: noon}).Now).Relay(t.Context(), 10, func(ctx context.Context, events []event.Event) []error {
		got = events[0]
		return b.send(ctx, events)
	})
	if err != nil {
		t.Fatal(err)
	}
	data, err := event.DataOf[event.ExpirationReached](got)
	if err != nil || data != (event.ExpirationReached{ID: 7, ExpiresAt: timestamp.Of(noon)}) {
		t.Errorf("data: %+v, %v", data, err)
	}
	if err := got.Validate(); err != nil {
		t.Error(err)
	}
	for name, pair := range map[string][2]any{
		"id":          {got.ID(), fmt.Sprintf("order-7-%d", noon.UnixMilli())},
		"type":        {got.Type(), "expiration.complete"},
		"source":      {got.Source(), "/expiration"},
		"subject":     {got.Subject(), "order/7"},
		"time":        {got.Time(), noon},
		"sequence":    {got.Extensions()["sequence"], "1"},
		"traceparent": {got.Extensions()["traceparent"], trace},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %v, want %v", name, pair[0], pair[1])
		}
	}
}

// What happens to an order while its expiration is on its way to the bus must not be undone by the answer.
func TestChangeDuringASend(t *testing.T) {
	t.Parallel()
	for _, refused := range []bool{false, true} {
		t.Run(fmt.Sprintf("refused=%v", refused), func(t *testing.T) {
			t.Parallel()
			a, c, b := newAgenda(t), &clock{now: noon}, &broker{}
			o := newOutbox(a, c.Now)
			follow(t, a, 1, noon)
			follow(t, a, 2, noon)
			_, err := o.Relay(t.Context(), 10, func(_ context.Context, events []event.Event) []error {
				follow(t, a, 1, noon.Add(time.Minute))
				if err := a.scheduleExpiration(t.Context(), orderOf(2, event.OrderIsComplete, noon)); err != nil {
					t.Error(err)
				}
				errs := make([]error, len(events))
				if refused {
					errs[0], errs[1] = errRefused, errRefused
				}
				return errs
			})
			if errors.Is(err, errRefused) != refused {
				t.Fatal(err)
			}
			moment := noon.Add(time.Minute).UnixMilli()
			if got := contents(t, a); !maps.Equal(got, map[int32]stored{1: {moment, moment}}) {
				t.Errorf("agenda: %v", got)
			}
			c.Set(noon.Add(time.Minute - time.Millisecond))
			relay(t, o, b)
			c.Set(noon.Add(time.Minute))
			relay(t, o, b, 1)
		})
	}
}

func TestRefusedIsDueAtOnce(t *testing.T) {
	t.Parallel()
	a, c := newAgenda(t), &clock{now: noon}
	b := &broker{refuses: []int32{2, 3}}
	one, other := newOutbox(a, c.Now), newOutbox(a, c.Now)
	for id := range int32(4) {
		follow(t, a, id+1, noon)
	}
	claimed, err := one.Relay(t.Context(), 10, b.send)
	if claimed != 4 || !errors.Is(err, errRefused) {
		t.Fatalf("claimed %d, %v", claimed, err)
	}
	if got := b.orders(); !slices.Equal(got, []int32{1, 4}) {
		t.Fatalf("announced %v", got)
	}
	b.refuses = nil
	relay(t, other, b, 2, 3)
}

func TestLeaseOfADeadClaimerRunsOut(t *testing.T) {
	t.Parallel()
	a, c, b := newAgenda(t), &clock{now: noon}, &broker{}
	o := newOutbox(a, c.Now)
	follow(t, a, 1, noon)
	dead, err := a.claim(t.Context(), noon, noon.Add(lease), 10)
	if err != nil || len(dead) != 1 {
		t.Fatalf("claimed %v, %v", dead, err)
	}
	c.Set(noon.Add(lease - time.Millisecond))
	relay(t, o, b)
	c.Set(noon.Add(lease))
	relay(t, o, b, 1)
	if err := a.settle(t.Context(), dead, []error{errRefused}, c.Now()); err != nil {
		t.Fatal(err)
	}
	relay(t, o, b) // it was only slow, and comes to say so
}

func TestReplicasShareTheWork(t *testing.T) {
	t.Parallel()
	const orders, replicas = 1000, 8
	url := redistest.Server(t).URL()
	a, c, b := agenda{connect(t, url)}, &clock{now: noon}, &broker{}
	for id := range int32(orders) {
		follow(t, a, id+1, noon.Add(-time.Duration(id)*time.Second))
	}
	share := func(replica agenda) error {
		o := newOutbox(replica, c.Now)
		for {
			if claimed, err := o.Relay(t.Context(), 7, b.send); err != nil || claimed == 0 {
				return err
			}
		}
	}
	for i := range 3 { // replicas that die with their claims
		if dead, err := a.claim(t.Context(), noon, noon.Add(lease), 10); err != nil || len(dead) != 10 {
			t.Fatalf("dead replica %d: %d claims, %v", i, len(dead), err)
		}
	}
	for _, want := range []int{orders - 30, orders} {
		var group errgroup.Group
		for range replicas {
			replica := agenda{connect(t, url)}
			group.Go(func() error { return share(replica) })
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
		if len(b.ids) != want {
			t.Errorf("%d orders announced, want %d", len(b.ids), want)
		}
		c.Set(c.Now().Add(lease))
	}
	for id, times := range b.ids {
		if times != 1 {
			t.Errorf("%s was sent %d times", id, times)
		}
	}
}
