package process

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/outbox"
)

// Worker runs what a service does unasked: its consumers, its relay and its schedules. It starts whether
// or not the database and the bus are there, and goes on when they come.
type Worker struct {
	service function.Service
	runner  function.Runner
	bus     *bus.Bus // nil for a service without events
	log     *slog.Logger

	started atomic.Bool
	stop    context.CancelFunc
	done    sync.WaitGroup // the goroutines below
}

// StartWorker starts the service's background work on a bus that the caller closes after Stop.
func StartWorker(service function.Service, runner function.Runner, b *bus.Bus) *Worker {
	ctx, stop := context.WithCancel(context.Background())
	w := &Worker{service: service, runner: runner, bus: b, log: runner.Log.With("service", service.Name), stop: stop}
	w.done.Go(func() { w.run(ctx) })
	return w
}

// run starts the service, however long its dependencies let it wait, and then all its work.
func (w *Worker) run(ctx context.Context) {
	if !w.start(ctx) {
		return
	}
	for _, c := range w.service.Consumers {
		if err := w.subscribe(c); err != nil {
			w.log.ErrorContext(ctx, "cannot subscribe", "function", c.Name, "error", err)
			return
		}
	}
	if w.service.Outbox != nil {
		w.done.Go(func() { w.relay().Run(ctx) })
	}
	for _, s := range w.service.Schedules {
		w.done.Go(func() { w.tick(ctx, s) })
	}
	w.started.Store(true)
	w.log.InfoContext(ctx, "service started")
}

func (w *Worker) start(ctx context.Context) bool {
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		attempt, cancel := context.WithTimeout(ctx, 2*time.Minute)
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

func (w *Worker) subscribe(c function.Consumer) error {
	for _, subject := range c.Types {
		err := w.bus.Subscribe(bus.Subscription{
			Subject: subject,
			Group:   c.Name,
			Handle: func(ctx context.Context, d bus.Delivery) error {
				err := w.runner.Consume(ctx, w.service, c, d.Data)
				if function.IsReject(err) {
					return nil // it lies in the dead letters
				}
				return err
			},
			DeadLetter: func(ctx context.Context, d bus.Delivery, reason error) error {
				return w.runner.DeadLetter(ctx, w.service, c, d.Data, reason)
			},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *Worker) relay() outbox.Relay {
	return outbox.Relay{Source: w.service.Outbox, Publish: w.publish, Log: w.log}
}

// publish sends an event, counts it, and tells its trace how long that took since it was stored.
func (w *Worker) publish(ctx context.Context, e event.Event) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if err := w.bus.Publish(ctx, e.Type(), data); err != nil {
		return err
	}
	w.runner.Metrics.Sent.WithLabelValues(w.service.Name, e.Type()).Inc()
	_, span := w.runner.Tracer.Start(event.Context(ctx, e), "send "+e.Type(), trace.WithSpanKind(trace.SpanKindProducer),
		trace.WithTimestamp(e.Time()), trace.WithAttributes(attribute.String("service", w.service.Name)))
	span.End()
	return nil
}

// tick runs a schedule at once, and then at every interval, give or take a tenth, so that replicas spread out.
func (w *Worker) tick(ctx context.Context, s function.Schedule) {
	for ctx.Err() == nil {
		_ = w.runner.Tick(ctx, w.service, s) // the runner has logged and counted it; the next tick is the retry
		select {
		case <-ctx.Done():
		case <-time.After(s.Every - s.Every/10 + rand.N(s.Every/5)):
		}
	}
}

// Started tells whether the service works: its Start has succeeded.
func (w *Worker) Started() bool { return w.started.Load() }

// Ready returns nil while the service works and reaches what it depends on.
func (w *Worker) Ready(ctx context.Context) error {
	if !w.Started() {
		return apierror.Unavailable(errors.New("the service has not started yet"))
	}
	if w.bus != nil {
		if err := w.bus.Ready(ctx); err != nil {
			return err
		}
	}
	return w.service.Ready(ctx)
}

// Stop ends the schedules and the relay, and relays what is waiting still. The bus must have stopped
// consuming already. It returns when all is done or ctx ends.
func (w *Worker) Stop(ctx context.Context) error {
	w.stop()
	stopped := make(chan struct{})
	go func() { w.done.Wait(); close(stopped) }()
	select {
	case <-stopped:
	case <-ctx.Done():
		return ctx.Err()
	}
	if w.service.Outbox == nil || !w.Started() {
		return nil
	}
	return w.relay().Flush(ctx)
}
