// Package kubernetes runs a service, or some of its functions, as one process of a Deployment.
//
// Its promises: it starts in any order with what it depends on; it is alive while the process is, and
// ready while it can reach its database and the bus; told to stop, it turns unready, finishes the requests
// and events under way, sends what its outbox holds, and ends within SHUTDOWN_TIMEOUT.
package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/gittix/ticketing/adapters/process"
	"github.com/gittix/ticketing/adapters/tracing"
	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/bus/busurl"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/telemetry"
)

// Main runs a service until SIGTERM or SIGINT, and ends the process with status 1 if it fails.
func Main(build function.New) {
	config.Main(func(ctx context.Context, values config.Values) error { return Run(ctx, build, values) })
}

// Run runs a service until ctx ends, and returns after it has stopped.
func Run(ctx context.Context, build function.New, values config.Values) error {
	settings, err := config.Parse[process.Settings](values)
	if err != nil {
		return err
	}
	service, err := function.Open(build, values, settings.Names()...)
	if err != nil {
		return err
	}
	log := telemetry.NewLogger(os.Stderr, settings.LogLevel, settings.LogText)
	p, err := start(service, settings, log)
	if err != nil {
		return err
	}
	var failed error
	select {
	case <-ctx.Done():
	case failed = <-p.api.Failed():
	case failed = <-p.metrics.Failed():
	}
	log.Info("stopping")
	return errors.Join(failed, p.stop())
}

// deployment is a service that runs.
type deployment struct {
	service  function.Service
	settings process.Settings
	stopping atomic.Bool
	traces   *tracing.Traces
	bus      *bus.Bus // nil for a service without events
	worker   *process.Worker
	api      *process.Server
	metrics  *process.Server
}

func start(service function.Service, settings process.Settings, log *slog.Logger) (*deployment, error) {
	registry, metrics, err := process.NewMetrics(service)
	if err != nil {
		return nil, err
	}
	p := &deployment{service: service, settings: settings}
	if p.traces, err = tracing.Open(service.Name, settings.Traces, log); err != nil {
		return nil, err
	}
	runner := function.Runner{Log: log, Metrics: metrics, Tracer: p.traces, Timeout: settings.RequestTimeout}
	if len(service.Consumers) > 0 || service.Outbox != nil {
		if settings.BusURL == "" {
			return nil, errors.New("config: BUS_URL is required: " + service.Name + " has events")
		}
		if p.bus, err = busurl.Open(settings.BusURL, service.Name, settings.BusOptions(log)); err != nil {
			return nil, fmt.Errorf("config: BUS_URL: %w", err)
		}
	}
	p.worker = process.StartWorker(service, runner, p.bus)
	handler := process.Probes(runner.Handler(service), p.worker.Started, p.ready, log)
	if p.api, err = process.Serve("", settings.Port, handler, log, settings.RequestTimeout); err == nil {
		p.metrics, err = process.Serve("", settings.MetricsPort, process.Metrics(registry), log, settings.RequestTimeout)
	}
	if err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

func (p *deployment) ready(ctx context.Context) error {
	if p.stopping.Load() {
		return errors.New("stopping")
	}
	return p.worker.Ready(ctx)
}

// stop: unready, drain HTTP, stop consumers, flush the outbox, close, and send the last traces.
func (p *deployment) stop() error {
	p.stopping.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), p.settings.ShutdownTimeout)
	defer cancel()
	var errs []error
	if p.api != nil {
		time.Sleep(p.settings.DrainDelay)
		errs = append(errs, p.api.Stop(ctx))
	}
	if p.bus != nil {
		errs = append(errs, p.bus.StopConsuming(ctx))
	}
	errs = append(errs, p.worker.Stop(ctx))
	if p.bus != nil {
		errs = append(errs, p.bus.Close(ctx))
	}
	if p.metrics != nil {
		errs = append(errs, p.metrics.Stop(ctx))
	}
	p.service.Stop()
	p.traces.Stop(ctx)
	return errors.Join(errs...)
}
