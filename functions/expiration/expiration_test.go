package expiration

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gittix/ticketing/shared/embedded/redistest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/timestamp"
)

// noon is when these tests take place, where time does not pass by itself.
var noon = time.Date(2030, 6, 1, 12, 0, 0, 0, time.UTC)

// clock is a time that moves when it is told to.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// connect returns a client of the Redis at url.
func connect(t testing.TB, url string) *redis.Client {
	t.Helper()
	client, err := open(Settings{RedisURL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return client
}

// newAgenda returns an empty agenda.
func newAgenda(t testing.TB) agenda {
	t.Helper()
	return agenda{connect(t, redistest.Server(t).URL())}
}

// orderOf returns an order as events show it.
func orderOf(id int32, status event.OrderStatus, expiresAt time.Time) event.Order {
	return event.Order{ID: id, UserID: 1, TicketID: 1, Status: status, ExpiresAt: timestamp.Of(expiresAt)}
}

// follow gives the agenda an open order.
func follow(t testing.TB, a agenda, id int32, expiresAt time.Time) {
	t.Helper()
	if err := a.scheduleExpiration(t.Context(), orderOf(id, event.OrderIsCreated, expiresAt)); err != nil {
		t.Fatal(err)
	}
}

// stored is what Redis holds of an order.
type stored struct{ expiresAt, wake int64 }

// contents returns all that the agenda holds.
func contents(t testing.TB, a agenda) map[int32]stored {
	t.Helper()
	ctx := t.Context()
	deadlines, err := a.client.HGetAll(ctx, deadlineKey).Result()
	if err != nil {
		t.Fatal(err)
	}
	wakes, err := a.client.ZRangeWithScores(ctx, wakeKey, 0, -1).Result()
	if err != nil {
		t.Fatal(err)
	}
	if len(wakes) != len(deadlines) {
		t.Fatalf("%d orders to wake for, %d deadlines", len(wakes), len(deadlines))
	}
	all := map[int32]stored{}
	for _, w := range wakes {
		id := fmt.Sprint(w.Member)
		d, err := parseDeadline(id, deadlines[id])
		if err != nil {
			t.Fatal(err)
		}
		all[d.order] = stored{d.expiresAt.UnixMilli(), int64(w.Score)}
	}
	return all
}

// broker remembers what it is sent, and refuses what it is told to.
type broker struct {
	mu      sync.Mutex
	refuses []int32 // orders
	got     []event.ExpirationReached
	ids     map[string]int // how often an event came
}

var errRefused = errors.New("refused")

func (b *broker) send(_ context.Context, events []event.Event) []error {
	b.mu.Lock()
	defer b.mu.Unlock()
	errs := make([]error, len(events))
	for i, e := range events {
		data, err := event.DataOf[event.ExpirationReached](e)
		if err != nil || slices.Contains(b.refuses, data.ID) {
			errs[i] = errors.Join(err, errRefused)
			continue
		}
		b.got = append(b.got, data)
		if b.ids == nil {
			b.ids = map[string]int{}
		}
		b.ids[e.ID()]++
	}
	return errs
}

// orders returns the orders that were announced, in order of their ids, and forgets them.
func (b *broker) orders() []int32 {
	b.mu.Lock()
	defer b.mu.Unlock()
	var ids []int32
	for _, e := range b.got {
		ids = append(ids, e.ID)
	}
	slices.Sort(ids)
	b.got = nil
	return ids
}

// relay lets an outbox send what is due.
func relay(t testing.TB, o *Outbox, b *broker, want ...int32) {
	t.Helper()
	if _, err := o.Relay(t.Context(), 1000, b.send); err != nil {
		t.Fatal(err)
	}
	if got := b.orders(); !slices.Equal(got, want) {
		t.Fatalf("announced %v, want %v", got, want)
	}
}
