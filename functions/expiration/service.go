// Package expiration says when an order's time is up.
//
// Its promise: an order that is neither complete nor cancelled is announced as expired at its latest
// known expiresAt, never earlier, at least once, however many processes share the work. What is due and not yet announced is the service's outbox, kept in Redis:
//
//	scheduled ──time──▶ due ──claim──▶ leased ──bus has it──▶ gone
//	    ▲  └──order ended──▶ gone       └──refused by the bus, or the claimer died──▶ due
//	    └──order extended── (from scheduled, due or leased)
//
// Without Redis (REDIS_URL=none) the events of open orders wait in the queue of SQS that they came to: see queued.
//
// Redis holds an index, the orders service the truth: if Redis loses everything, that service cancels what is
// overdue, a little later. A Redis that would drop deadlines without an error when its memory is full (maxmemory-policy allkeys-…)
// is not used. One that is full, is loading, cannot write to its disk or is a replica refuses for now: events of orders come again, those
// of orders that end make room, and meanwhile orders' sweep cancels what is overdue.
package expiration

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/telemetry"
)

// Settings are the service's own.
type Settings struct {
	RedisURL string `env:"REDIS_URL" required:"true" secret:"true" reaches:"redis" example:"redis://127.0.0.1:6379"` // redis://, rediss:// or unix://, with go-redis's parameters such as pool_size; ?cluster=true for a Redis Cluster, ?master_name=… for Sentinels; none: no Redis, deadlines wait in the queue of SQS
}

// New returns the service. It does not connect before it has something to do.
// Errors: settings that are missing or malformed.
func New(values config.Values) (function.Service, error) {
	settings, err := config.Parse[Settings](values)
	if err != nil {
		return function.Service{}, err
	}
	if settings.RedisURL == withoutRedis {
		return (&queued{now: time.Now}).service(), nil
	}
	client, err := open(settings)
	if err != nil {
		return function.Service{}, err
	}
	agenda := agenda{client, &event.Signatures{}}
	outbox := newOutbox(agenda, time.Now)
	letters := deadLetters{client, time.Now}
	return function.Service{
		Name:     "expiration",
		Settings: []any{Settings{}},
		Consumers: []function.Consumer{
			function.OnBatch("schedule-expiration", agenda.scheduleExpiration, event.OrderCreated, event.OrderUpdated),
		},
		Outbox:      outbox,
		DeadLetters: letters,
		Clock:       &outbox.now,
		Collectors: []prometheus.Collector{
			telemetry.DeadLetters(letters.count),
			telemetry.Asked(agenda.pending, telemetry.Gauge{Name: "ticketing_expiration_pending", Help: "Open orders whose time has not been announced yet."}),
			telemetry.Asked(agenda.memory, telemetry.Gauge{Name: "ticketing_redis_memory_bytes", Help: "Memory that Redis uses."},
				telemetry.Gauge{Name: "ticketing_redis_memory_limit_bytes", Help: "Memory above which Redis takes no more deadlines (maxmemory); 0: no limit."}),
		},
		Start: ready(client),
		Ready: ready(client),
		Stop: func() {
			outbox.close()
			_ = client.Close() // the process ends
		},
	}, nil
}
