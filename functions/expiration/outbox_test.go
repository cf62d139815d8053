package expiration

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/propagation"
	"golang.org/x/sync/errgroup"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/embedded/redistest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/timestamp"
)

func TestEventOfAnExpiration(t *testing.T) {
	t.Parallel()
	const trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	a := newAgenda(t)
	traced := propagation.TraceContext{}.Extract(t.Context(), propagation.MapCarrier{"traceparent": trace})
	if err := a.scheduleExpiration(traced, []event.Order{orderOf(7, event.OrderIsCreated, noon)}); err != nil {
		t.Fatal(err)
	}
	var got event.Event
	if _, err := newOutbox(a, (&clock{now: noon}).Now).Relay(t.Context(), 10, func(_ context.Context, events []event.Event) []error {
		got = events[0]
		return []error{nil}
	}); err != nil {
		t.Fatal(err)
	}
	data := functiontest.Data(t, event.ExpirationComplete, got)
	if data != (event.ExpirationReached{ID: 7, ExpiresAt: timestamp.Of(noon)}) || got.ID() != fmt.Sprintf("order-7-%d", noon.UnixMilli()) ||
		got.Source() != "/expiration" || got.Subject() != "order/7" || got.Time() != noon ||
		got.Extension("sequence") != "1" || got.Extension("traceparent") != trace {
		t.Errorf("%s", got)
	}
}

// What happens to an order while its expiration is on its way to the bus must not be undone by the answer.
func TestChangeDuringASend(t *testing.T) {
	t.Parallel()
	for _, answer := range []error{nil, errRefused} {
		a, c, b := newAgenda(t), &clock{now: noon}, &broker{}
		o := newOutbox(a, c.Now)
		follow(t, a, 1, noon)
		follow(t, a, 2, noon)
		_, err := o.Relay(t.Context(), 10, func(context.Context, []event.Event) []error {
			follow(t, a, 1, noon.Add(time.Minute))
			if err := a.scheduleExpiration(t.Context(), []event.Order{orderOf(2, event.OrderIsComplete, noon)}); err != nil {
				t.Error(err)
			}
			return []error{answer, answer}
		})
		if !errors.Is(err, answer) {
			t.Fatal(err)
		}
		moment := noon.Add(time.Minute).UnixMilli()
		if got := contents(t, a); !maps.Equal(got, map[int32]stored{1: {moment, moment}}) {
			t.Errorf("%v: agenda %v", answer, got)
		}
		c.Set(noon.Add(time.Minute - time.Microsecond))
		relay(t, o, b)
		c.Set(noon.Add(time.Minute))
		relay(t, o, b, 1)
	}
}

// Replicas, of which some die with their claims, announce every order once. A claimer that was only slow, and whose
// lease has ended, changes nothing.
func TestReplicasShareTheWork(t *testing.T) {
	t.Parallel()
	const orders, replicas = 1000, 8
	url := redistest.Server(t).URL()
	a, c, b := agenda{client: connect(t, url)}, &clock{now: noon}, &broker{}
	for id := range int32(orders) {
		follow(t, a, id+1, noon.Add(-time.Duration(id)*time.Second))
	}
	dead, err := a.claim(t.Context(), noon, noon.Add(lease), 30)
	if err != nil || len(dead) != 30 {
		t.Fatalf("%d claims, %v", len(dead), err)
	}
	for _, want := range []int{orders - 30, orders} {
		var group errgroup.Group
		for range replicas {
			o := newOutbox(agenda{client: connect(t, url)}, c.Now)
			group.Go(func() error {
				for {
					if claimed, err := o.Relay(t.Context(), 7, b.send); err != nil || claimed == 0 {
						return err
					}
				}
			})
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
	refused := make([]error, len(dead))
	for i := range refused {
		refused[i] = errRefused
	}
	if err := a.settle(t.Context(), dead, refused, c.Now()); err != nil || len(contents(t, a)) > 0 {
		t.Errorf("the slow claimer: %v, %v", err, contents(t, a))
	}
}

// Errors that pass are retried without a limit; a command that Redis refuses is not.
func TestTemporaryErrors(t *testing.T) {
	t.Parallel()
	a := newAgenda(t)
	if err := a.client.Set(t.Context(), wakeKey, "not a sorted set", 0).Err(); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	stranger := agenda{client: connect(t, "redis://"+a.client.(*redis.Client).Options().Addr)}
	for name, c := range map[string]struct {
		err       error
		temporary bool
	}{
		"wrong type in a script": {a.scheduleExpiration(t.Context(), []event.Order{orderOf(1, event.OrderIsCreated, noon)}), false},
		"wrong type":             {a.scheduleExpiration(t.Context(), []event.Order{orderOf(1, event.OrderIsComplete, noon)}), false},
		"not a script":           {classify(a.client.Eval(t.Context(), "return (", nil).Err()), false},
		"ended context":          {a.scheduleExpiration(ended, []event.Order{orderOf(1, event.OrderIsComplete, noon)}), true},
		"no password":            {stranger.scheduleExpiration(t.Context(), []event.Order{orderOf(1, event.OrderIsComplete, noon)}), true},
	} {
		if c.err == nil || apierror.From(c.err).Temporary() != c.temporary {
			t.Errorf("%s: temporary is not %v: %v", name, c.temporary, c.err)
		}
	}
}

// TestSigned: the event is signed when its deadline is set, so that a relay without a key sends it; one that was set by a version
// that signs nothing is signed by a relay with the key.
func TestSigned(t *testing.T) {
	t.Parallel()
	relayed := func(o *Outbox) (sent event.Event) {
		t.Helper()
		if _, err := o.Relay(t.Context(), 10, func(_ context.Context, events []event.Event) []error {
			sent = events[0]
			return make([]error, len(events))
		}); err != nil {
			t.Fatal(err)
		}
		return sent
	}
	without := newAgenda(t)
	with := agenda{without.client, &event.Signatures{}}
	service, stranger := newOutbox(with, (&clock{now: noon}).Now), newOutbox(without, (&clock{now: noon}).Now)
	service.SignWith(functiontest.Signatures())
	for name, c := range map[string]struct {
		set   agenda
		relay *Outbox
	}{"relayed without a key": {with, stranger}, "set without a key": {without, service}} {
		follow(t, c.set, 7, noon)
		if _, err := functiontest.Signatures().Verify(relayed(c.relay)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
