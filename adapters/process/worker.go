package process

import (
	"context"
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/outbox"
)

const (
	firstPause  = 100 * time.Millisecond
	longPause   = 2 * time.Second
	startWithin = 2 * time.Minute // for one attempt, which may migrate
)

// worker runs what one service does without being called: its consumers, its relay and its schedules.
type worker struct {
	host    *Host
	service function.Service
	bus     *bus.Bus // nil where the service has no events
	log     *slog.Logger
	started atomic.Bool
	ended   chan struct{} // closed when run has returned
}

// run starts the service, however long its dependencies are unavailable, and then works until ctx ends.
func (w *worker) run(ctx context.Context) {
	defer close(w.ended)
	if !w.start(ctx) {
		return
	}
	for _, c := range w.service.Consumers {
		if err := w.subscribe(c); err != nil {
			w.log.ErrorContext(ctx, "cannot subscribe", "function", c.Name, "error", err)
			return
		}
	}
	var work sync.WaitGroup
	if w.service.Outbox != nil {
		work.Go(func() { w.relay().Run(ctx) })
	}
	for _, s := range w.service.Schedules {
		work.Go(func() { w.tick(ctx, s) })
	}
	w.started.Store(true)
	w.log.InfoContext(ctx, "service started")
	work.Wait()
}

func (w *worker) start(ctx context.Context) bool {
	for pause := firstPause; ; pause = min(2*pause, longPause) {
		attempt, cancel := context.WithTimeout(ctx, startWithin)
		err := w.service.Start(attempt)
		cancel()
		if err == nil {
			return true
		}
		w.log.WarnContext(ctx, "service cannot start yet", "error", err)
		select {
		case <-ctx.Done():
			return false
		case <-time.After(pause):
		}
	}
}

func (w *worker) subscribe(c function.Consumer) error {
	runner := w.host.Runner
	concurrency := 0 // BUS_CONCURRENCY
	if c.Batch != nil {
		concurrency = function.Together
	}
	for _, subject := range c.Types {
		err := w.bus.Subscribe(bus.Subscription{
			Subject:     subject,
			Group:       c.Name,
			Concurrency: concurrency,
			Together:    c.Batch != nil,
			Handle: func(ctx context.Context, d bus.Delivery) error {
				err := runner.Consume(ctx, w.service, c, d.Data)
				if function.IsReject(err) {
					return nil // it is among the dead letters
				}
				return err
			},
			DeadLetter: func(ctx context.Context, d bus.Delivery, reason error) error {
				return runner.DeadLetter(ctx, w.service, c, d.Data, reason)
			},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *worker) relay() outbox.Relay {
	return outbox.Relay{Source: w.service.Outbox, Publish: w.publish, Log: w.log}
}

// publish sends an event, counts it, and adds a span to its trace that lasts since the event was stored.
func (w *worker) publish(ctx context.Context, e event.Event) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if err := w.bus.Publish(ctx, e.Type(), data); err != nil {
		return err
	}
	w.host.Runner.Metrics.Sent.WithLabelValues(w.service.Name, e.Type()).Inc()
	_, span := w.host.Runner.Tracer.Start(event.Context(ctx, e), "send "+e.Type(), trace.WithSpanKind(trace.SpanKindProducer),
		trace.WithTimestamp(e.Time()), trace.WithAttributes(attribute.String("service", w.service.Name)))
	span.End()
	return nil
}

// tick runs a schedule at once, and then at every interval, plus or minus a tenth, so that replicas spread out.
func (w *worker) tick(ctx context.Context, s function.Schedule) {
	for ctx.Err() == nil {
		_ = w.host.Runner.Tick(ctx, w.service, s) // logged and counted there; the next tick is the retry
		select {
		case <-ctx.Done():
		case <-time.After(s.Every - s.Every/10 + rand.N(s.Every/5)):
		}
	}
}

// stop waits for run, whose context has ended, and relays what is stored still. What cannot be sent now stays stored for the next start.
func (w *worker) stop(ctx context.Context) error {
	select {
	case <-w.ended:
	case <-ctx.Done():
		return ctx.Err()
	}
	if w.service.Outbox == nil || !w.started.Load() {
		return nil
	}
	if err := w.relay().Flush(ctx); err != nil {
		w.log.WarnContext(ctx, "stops with events that are not sent yet", "error", err)
	}
	return nil
}
