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

// clock is a time that a test sets.
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
func connect(t *testing.T, url string) redis.UniversalClient {
	t.Helper()
	client, err := open(Settings{RedisURL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// newAgenda returns an empty agenda.
func newAgenda(t *testing.T) agenda {
	t.Helper()
	return agenda{client: connect(t, redistest.Server(t).URL())}
}

// orderOf returns an order as events show it.
func orderOf(id int32, status event.OrderStatus, expiresAt time.Time) event.Order {
	return event.Order{ID: id, UserID: 1, TicketID: 1, Status: status, ExpiresAt: timestamp.Of(expiresAt)}
}

// follow gives the agenda an open order.
func follow(t *testing.T, a agenda, id int32, expiresAt time.Time) {
	t.Helper()
	if err := a.scheduleExpiration(t.Context(), []event.Order{orderOf(id, event.OrderIsCreated, expiresAt)}); err != nil {
		t.Fatal(err)
	}
}

// stored is what Redis holds of an order.
type stored struct{ expiresAt, wake int64 }

// contents returns all that the agenda holds.
func contents(t *testing.T, a agenda) map[int32]stored {
	t.Helper()
	deadlines, err := a.client.HGetAll(t.Context(), deadlineKey).Result()
	wakes, failed := a.client.ZRangeWithScores(t.Context(), wakeKey, 0, -1).Result()
	if err := errors.Join(err, failed); err != nil || len(wakes) != len(deadlines) {
		t.Fatalf("%d orders to wake for, %d deadlines, %v", len(wakes), len(deadlines), err)
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

// broker takes all events, and remembers how often each came.
type broker struct {
	mu  sync.Mutex
	ids map[string]int
	got []int32 // the orders of the events since relay looked
}

var errRefused = errors.New("refused")

func (b *broker) send(_ context.Context, events []event.Event) []error {
	b.mu.Lock()
	defer b.mu.Unlock()
	errs := make([]error, len(events))
	for i, e := range events {
		var data event.ExpirationReached
		data, errs[i] = event.DataOf[event.ExpirationReached](e)
		if b.ids == nil {
			b.ids = map[string]int{}
		}
		b.ids[e.ID()]++
		b.got = append(b.got, data.ID)
	}
	return errs
}

// relay lets an outbox send what is due.
func relay(t *testing.T, o *Outbox, b *broker, want ...int32) {
	t.Helper()
	b.got = nil
	if _, err := o.Relay(t.Context(), 1000, b.send); err != nil || !slices.Equal(b.got, want) {
		t.Fatalf("announced %v, %v; want %v", b.got, err, want)
	}
}
