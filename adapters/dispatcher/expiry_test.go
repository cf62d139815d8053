package dispatcher

import (
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/process"
	"github.com/gittix/ticketing/functions/expiration"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/redistest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/timestamp"
)

// TestExpires: an order's time is up although no expiration service runs, only its consumer now and then.
func TestExpires(t *testing.T) {
	t.Parallel()
	redis := redistest.Server(t)
	asleep, err := expiration.New(config.Values{"REDIS_URL": redis.URL()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(asleep.Stop)
	busURL := newJetStream(t)
	events := subscribe(t, newBus(t, busURL), "expiration.complete")
	values := config.Values{"REDIS_URL": redis.URL()}
	one, two := started(t, busURL, values), started(t, busURL, values)
	for id := range int32(10) {
		at := timestamp.Of(time.Now().Add(time.Duration(id+1) * 50 * time.Millisecond))
		draft, err := event.Of(t.Context(), event.OrderCreated, event.Order{ID: id + 1, UserID: 1, TicketID: 1, Status: event.OrderIsCreated, ExpiresAt: at})
		if err != nil {
			t.Fatal(err)
		}
		if err := asleep.Consumers[0].Handle(t.Context(), draft.At(1, time.Now())); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]bool{}
	for len(seen) < 10 {
		e := next(t, events)
		if time.Now().Before(e.Time()) {
			t.Errorf("%s came early", e.Subject())
		}
		seen[e.Subject()] = true
	}
	equals(t, "relayed", 10, func() (n float64) {
		for _, p := range []*process.Host{one, two} {
			eventually(t, func() error { return p.Ready(t.Context()) })
			n += metric(t, p, `ticketing_dispatch_relayed_total{outbox="expiration"}`)
		}
		return n
	})
}
