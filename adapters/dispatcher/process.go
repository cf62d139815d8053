package dispatcher

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/gittix/ticketing/adapters/process"
	"github.com/gittix/ticketing/adapters/tracing"
	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/bus/busurl"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/telemetry"
)

// dispatcher is a dispatcher that runs.
type dispatcher struct {
	settings Settings
	log      *slog.Logger
	stopping atomic.Bool
	waiting  context.CancelFunc // ends the pauses of deliveries
	traces   *tracing.Traces
	bus      *bus.Bus
	outboxes []function.Service
	relays   []*process.Worker
	api      *process.Server
	metrics  *process.Server
}

// start runs what settings say. Nothing of it waits for a dependency.
func start(ctx context.Context, settings Settings, log *slog.Logger) (*dispatcher, error) {
	measures := newMeasures()
	routes, err := settings.routes(ctx)
	if err != nil {
		return nil, err
	}
	p := &dispatcher{settings: settings, log: log}
	if p.traces, err = tracing.Open("dispatcher", settings.Process.Traces, log); err != nil {
		return nil, err
	}
	if p.bus, err = busurl.Open(settings.Process.BusURL, "dispatcher", settings.Process.BusOptions(log)); err != nil {
		return nil, fmt.Errorf("config: BUS_URL: %w", err)
	}
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	p.waiting = end
	if p.outboxes, err = settings.outboxes(measures); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	runner := function.Runner{Log: log, Metrics: measures.functions, Tracer: p.traces}
	for _, s := range p.outboxes {
		if err := telemetry.Register(measures.registry, s.Name, s.Collectors...); err != nil {
			return nil, errors.Join(err, p.stop())
		}
		p.relays = append(p.relays, process.StartWorker(s, runner, p.bus))
	}
	err = p.subscribe(life, routes, measures)
	if err == nil {
		err = p.serve(measures)
	}
	if err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

func (p *dispatcher) subscribe(life context.Context, routes []route, m *measures) error {
	for _, r := range routes {
		c := newCourier(r, p.settings.Process.Concurrency, life.Done(), m)
		for _, subject := range r.types {
			if err := p.bus.Subscribe(c.subscription(subject)); err != nil {
				return fmt.Errorf("config: consumer %s: %w", r.consumer, err)
			}
		}
	}
	return nil
}

func (p *dispatcher) serve(m *measures) (err error) {
	s := p.settings.Process
	probes := process.Probes(http.HandlerFunc(nothing), func() bool { return true }, p.ready, p.log)
	if p.api, err = process.Serve("", s.Port, probes, p.log, s.RequestTimeout); err == nil {
		p.metrics, err = process.Serve("", s.MetricsPort, process.Metrics(m.registry), p.log, s.RequestTimeout)
	}
	return err
}

// ready returns nil while the bus and every outbox can be reached. Targets are no part of it: they may sleep.
func (p *dispatcher) ready(ctx context.Context) error {
	if p.stopping.Load() {
		return errors.New("stopping")
	}
	if err := p.bus.Ready(ctx); err != nil {
		return err
	}
	for i, relay := range p.relays {
		if err := relay.Ready(ctx); err != nil {
			return fmt.Errorf("outbox %s: %w", p.outboxes[i].Name, err)
		}
	}
	return nil
}

// stop: unready, finish deliveries, relay what waits, close, and send the last traces.
func (p *dispatcher) stop() error {
	p.stopping.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), p.settings.Process.ShutdownTimeout)
	defer cancel()
	p.waiting()
	errs := []error{p.bus.StopConsuming(ctx), p.stopRelays(ctx), p.bus.Close(ctx)}
	for _, s := range []*process.Server{p.api, p.metrics} {
		if s != nil {
			errs = append(errs, s.Stop(ctx))
		}
	}
	for _, s := range p.outboxes {
		s.Stop()
	}
	p.traces.Stop(ctx)
	return errors.Join(errs...)
}

// stopRelays stops all at once, since each may have to wait for a database that is away.
func (p *dispatcher) stopRelays(ctx context.Context) error {
	var group errgroup.Group
	for _, relay := range p.relays {
		group.Go(func() error { return relay.Stop(ctx) })
	}
	return group.Wait()
}
