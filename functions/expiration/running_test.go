package expiration

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/outbox"
)

// soon bounds these tests' waits. It is below longestWait, which would hide that a wake-up got lost.
const soon = longestWait / 2

// arrival is an event at the bus.
type arrival struct {
	event.ExpirationReached
	late time.Duration
}

// running is a relay at work.
type running struct {
	agenda   agenda // a client of its own, to the same Redis
	arrivals chan arrival
	idle     chan struct{} // it has read that nothing is due within a minute, and waits
}

// startRelay relays from the Redis at url until the test ends.
func startRelay(t testing.TB, url string) running {
	t.Helper()
	r := running{agenda{connect(t, url)}, make(chan arrival, 1000), make(chan struct{}, 1)}
	client := connect(t, url)
	client.AddHook(r)
	o := newOutbox(agenda{client}, time.Now)
	ctx, cancel := context.WithCancel(context.Background())
	var relay sync.WaitGroup
	relay.Go(func() {
		outbox.Relay{Source: o, Log: slog.New(slog.DiscardHandler), Publish: func(_ context.Context, e event.Event) error {
			data, err := event.DataOf[event.ExpirationReached](e)
			select {
			case <-r.idle: // it was, before
			default:
			}
			r.arrivals <- arrival{data, time.Since(data.ExpiresAt.Time)}
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
func (r running) await(t testing.TB, order int32) {
	t.Helper()
	late := time.After(soon)
	for {
		select {
		case a := <-r.arrivals:
			if a.late < 0 {
				t.Fatalf("order %d was announced %v too early", a.ID, -a.late)
			}
			if a.ID != order {
				continue
			}
			select {
			case <-r.idle:
				return
			case <-late:
				t.Fatal("the relay found no end")
			}
		case <-late:
			t.Fatalf("order %d was not announced", order)
		}
	}
}

// eventually repeats do until it succeeds.
func eventually(t testing.TB, do func() error) {
	t.Helper()
	late, again := time.After(soon), time.NewTicker(10*time.Millisecond)
	defer again.Stop()
	for {
		err := do()
		if err == nil {
			return
		}
		select {
		case <-again.C:
		case <-late:
			t.Fatal(err)
		}
	}
}
