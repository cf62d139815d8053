package expiration

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/embedded/redistest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/outbox"
	"github.com/gittix/ticketing/shared/timestamp"
)

// soon bounds these tests' waits. It is below longestWait, which would hide that a wake-up got lost.
const soon = longestWait / 2

// running is a relay at work.
type running struct {
	agenda   agenda // a client of its own, to the same Redis
	arrivals chan event.ExpirationReached
	idle     chan struct{} // it has read that nothing is due within a minute, and waits
}

// startRelay relays from the Redis at url until the test ends.
func startRelay(t *testing.T, url string) running {
	t.Helper()
	r := running{agenda{client: connect(t, url)}, make(chan event.ExpirationReached, 1000), make(chan struct{}, 1)}
	client := connect(t, url)
	client.AddHook(r)
	o := newOutbox(agenda{client: client}, time.Now)
	ctx, cancel := context.WithCancel(context.Background())
	var relay sync.WaitGroup
	relay.Go(func() {
		outbox.Relay{Source: o, Log: slog.New(slog.DiscardHandler), Publish: func(_ context.Context, e event.Event) error {
			data, err := event.DataOf[event.ExpirationReached](e)
			if time.Now().Before(data.ExpiresAt.Time) {
				t.Errorf("order %d was announced too early", data.ID)
			}
			select {
			case <-r.idle: // it was, before
			default:
			}
			r.arrivals <- data
			return err
		}}.Run(ctx)
	})
	t.Cleanup(func() {
		cancel()
		relay.Wait()
		o.close()
	})
	return r
}

// ProcessHook notes when agenda.next found nothing to do. The other two make it a redis.Hook.
func (r running) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, c redis.Cmder) error {
		err := next(ctx, c)
		if read, ok := c.(*redis.ZSliceCmd); ok && err == nil {
			if first := read.Val(); len(first) == 0 || first[0].Score > float64(time.Now().Add(time.Minute).UnixMilli()) {
				select {
				case r.idle <- struct{}{}:
				default:
				}
			}
		}
		return err
	}
}
func (r running) DialHook(next redis.DialHook) redis.DialHook { return next }
func (r running) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// await waits until an order is announced, and the relay is idle again.
func (r running) await(t *testing.T, order int32) {
	t.Helper()
	late := time.After(soon)
	idle := (<-chan struct{})(nil)
	for {
		select {
		case a := <-r.arrivals:
			if a.ID == order {
				idle = r.idle
			}
		case <-idle:
			return
		case <-late:
			t.Fatalf("order %d was not announced, or the relay found no end", order)
		}
	}
}

func TestWokenByTimeAndByAnEarlierDeadline(t *testing.T) {
	t.Parallel()
	r := startRelay(t, redistest.Server(t).URL())
	follow(t, r.agenda, 99, time.Now().Add(time.Hour))
	for id := range int32(5) { // the first may profit from the start; the others need the message
		follow(t, r.agenda, id+1, time.Now())
		r.await(t, id+1)
	}
	follow(t, r.agenda, 6, time.Now().Add(50*time.Millisecond))
	r.await(t, 6)
}

// A message that comes while the subscription is broken is lost, and is not needed.
func TestLostMessage(t *testing.T) {
	t.Parallel()
	server := redistest.Server(t)
	r := startRelay(t, server.URL())
	for id := range int32(5) {
		follow(t, r.agenda, 2*id+1, time.Now())
		r.await(t, 2*id+1)
		_, err := r.agenda.client.TxPipelined(t.Context(), func(p redis.Pipeliner) error {
			if server.Real() { // miniredis cannot, and delivers the message
				p.ClientKillByFilter(t.Context(), "TYPE", "pubsub")
			}
			d := deadline{order: 2*id + 2, expiresAt: timestamp.Of(time.Now())}
			return scheduleScript.Eval(t.Context(), p, []string{wakeKey, deadlineKey},
				earlierName, d.order, d.expiresAt.UnixMilli(), d.String()).Err()
		})
		if err != nil {
			t.Fatal(err)
		}
		r.await(t, 2*id+2)
	}
}

func TestRedisRestartsAndForgets(t *testing.T) {
	t.Parallel()
	server := redistest.Server(t)
	r := startRelay(t, server.URL())
	follow(t, r.agenda, 1, time.Now())
	r.await(t, 1)
	follow(t, r.agenda, 2, time.Now().Add(500*time.Millisecond))
	if err := server.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	away := newOutbox(r.agenda, time.Now)
	defer away.close()
	_, relayed := away.Relay(t.Context(), 1, (&broker{}).send)
	for name, err := range map[string]error{
		"schedule": r.agenda.scheduleExpiration(t.Context(), []event.Order{orderOf(3, event.OrderIsCreated, noon)}),
		"forget":   r.agenda.scheduleExpiration(t.Context(), []event.Order{orderOf(3, event.OrderIsCancelled, noon)}),
		"wait":     away.Wait(t.Context()), "relay": relayed,
	} {
		if err == nil || !apierror.From(err).Temporary() {
			t.Errorf("%s without Redis: %v", name, err)
		}
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.await(t, 2)
	client := connect(t, server.URL())
	if err := errors.Join(client.FlushAll(t.Context()).Err(), client.ScriptFlush(t.Context()).Err()); err != nil {
		t.Fatal(err)
	}
	for id := int32(4); id < 8; id++ {
		follow(t, agenda{client: client}, id, time.Now())
		r.await(t, id)
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	o := newOutbox(newAgenda(t), time.Now)
	t.Cleanup(o.close)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		for ctx.Err() == nil {
			_ = o.Wait(ctx) // the subscription's beginning wakes it
		}
		ended <- o.Wait(ctx)
	}()
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	case <-time.After(soon):
		t.Error("still waiting")
	}
}
