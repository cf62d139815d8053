package dispatcher

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gittix/ticketing/functions/expiration"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/outbox"
	"github.com/gittix/ticketing/shared/postgres"
)

var outboxName = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

// outboxes returns services of which there is nothing but the outbox. Nothing is connected yet.
func (s Settings) outboxes(m *metrics) ([]function.Service, error) {
	var found []function.Service
	seen := map[string]bool{"expiration": s.RedisURL != ""}
	for word := range strings.FieldsSeq(s.Outboxes) {
		name, url, ok := strings.Cut(word, "=")
		if !ok || !outboxName.MatchString(name) {
			return nil, errors.New("config: DISPATCH_OUTBOXES: want name=postgres://…, with white space between them") // word may hold a password
		}
		if seen[name] {
			return nil, fmt.Errorf("config: DISPATCH_OUTBOXES: %s is there twice", name)
		}
		seen[name] = true
		db, err := postgres.Open(url)
		if err != nil {
			return nil, fmt.Errorf("config: DISPATCH_OUTBOXES: the URL of %s is malformed", name)
		}
		reach := func(ctx context.Context) error {
			_, err := db.Exec(ctx, `SELECT FROM outbox LIMIT 0`)
			return errors.Join(err, db.Writable(ctx))
		}
		found = append(found, function.Service{
			Name: name, Outbox: watch(name, db.Outbox(), m), Collectors: []prometheus.Collector{db.Outbox().Collector()},
			Start: reach, Ready: reach, Stop: db.Close,
		})
	}
	if s.RedisURL != "" {
		service, err := expiration.New(config.Values{"REDIS_URL": s.RedisURL})
		if err != nil {
			return nil, err
		}
		// Its consumer gets its events from a deliverer, like any other, and stores its dead letters where it runs.
		service.Consumers, service.DeadLetters, service.Outbox = nil, nil, watch(service.Name, service.Outbox, m)
		found = append(found, service)
	}
	return found, nil
}

// watched is a source with metrics.
type watched struct {
	outbox.Source
	name    string
	metrics *metrics
	behind  atomic.Int64 // Unix ms of the oldest event that is known to be unsent, or of the first failure to look; 0 = none
}

func watch(name string, source outbox.Source, m *metrics) outbox.Source {
	w := &watched{Source: source, name: name, metrics: m}
	m.age(name, w.age)
	return w
}

// Relay implements outbox.Source.
func (w *watched) Relay(ctx context.Context, limit int, send outbox.Send) (int, error) {
	var oldest, newest time.Time
	claimed, err := w.Source.Relay(ctx, limit, func(ctx context.Context, events []event.Event) []error {
		errs := send(ctx, events)
		for i, e := range events {
			if errs[i] == nil {
				w.metrics.relayed.WithLabelValues(w.name).Inc()
			}
			if oldest.IsZero() || e.Time().Before(oldest) {
				oldest = e.Time()
			}
			if e.Time().After(newest) {
				newest = e.Time()
			}
		}
		return errs
	})
	switch {
	case err != nil && !oldest.IsZero():
		w.behind.Store(oldest.UnixMilli())
	case err != nil:
		w.behind.CompareAndSwap(0, time.Now().UnixMilli())
	case claimed == limit: // there may be more, which are younger
		w.behind.Store(newest.UnixMilli())
	default:
		w.behind.Store(0)
	}
	return claimed, err
}

// age is that of the oldest event that is known to be unsent, in seconds.
func (w *watched) age() float64 {
	behind := w.behind.Load()
	if behind == 0 {
		return 0
	}
	return max(0, time.Since(time.UnixMilli(behind)).Seconds())
}
