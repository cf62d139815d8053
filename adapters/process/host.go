package process

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/gittix/ticketing/adapters/tracing"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/bus/busurl"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/telemetry"
)

// Host is a process that runs services. Its methods Connect, Work, ServeAPI and ServeMetrics are parts of it, which each
// platform adds as it needs them: Connect before what uses the bus.
type Host struct {
	*Lifecycle
	Registry *prometheus.Registry
	Runner   function.Runner
	Bus      *bus.Bus // of all services, set by Connect

	URL, MetricsURL string // set by ServeAPI and ServeMetrics

	name     string
	settings Settings
	answers  bool // some service has endpoints
	buses    []*bus.Bus
	workers  []*worker
	works    atomic.Bool // Work was called: buses and workers do not change any more
}

var errNotStarted = apierror.Unavailable(errors.New("the service has not started yet"))

// Open makes a host of a process whose parts so far are what the services need. Its metrics and traces are ready, and it closes the
// services at its end. It connects to nothing. Errors: settings of tracing that are malformed; a metric that two services register.
func Open(l *Lifecycle, name string, settings Settings, services ...function.Service) (*Host, error) {
	h := &Host{Lifecycle: l, name: name, settings: settings}
	traces, err := tracing.Open(name, settings.Traces, l.Log)
	if err != nil {
		return nil, err
	}
	h.answers = slices.ContainsFunc(services, func(s function.Service) bool { return len(s.Endpoints) > 0 })
	h.Runner = function.Runner{
		Log: l.Log, Tracer: traces, Timeout: settings.RequestTimeout, MaxInFlight: settings.MaxInFlight, Secure: settings.Secure, Origins: settings.Origins, Mount: settings.Mount,
	}
	if h.Registry, h.Runner.Metrics, err = NewMetrics(services...); err != nil {
		return nil, err
	}
	h.Add("traces", func(context.Context) (Stop, error) {
		return func(ctx context.Context) error { traces.Stop(ctx); return nil }, nil
	})
	for _, s := range services {
		h.Add(s.Name, func(context.Context) (Stop, error) { return Closing(s.Stop), nil })
		h.workers = append(h.workers, &worker{host: h, service: s, log: l.Log.With("service", s.Name), ended: make(chan struct{})})
	}
	return h, nil
}

// Connect opens BUS_URL, for all services. A broker that is unavailable is no error.
func (h *Host) Connect(context.Context) (Stop, error) {
	if h.settings.BusURL == "" {
		return nil, errors.New("config: BUS_URL is required: " + h.name + " has events")
	}
	var err error
	if h.Bus, err = h.openBus(h.settings.BusURL, h.name); err != nil {
		return nil, err
	}
	for _, w := range h.workers {
		w.bus = h.Bus
	}
	return h.closeBuses, nil
}

// ConnectEach opens a bus for each service that has events, as the user of the bus that urlOf names.
func (h *Host) ConnectEach(urlOf func(service string) string) Part {
	return func(context.Context) (Stop, error) {
		for _, w := range h.workers {
			if w.service.Outbox == nil && len(w.service.Consumers) == 0 {
				continue
			}
			var err error
			if w.bus, err = h.openBus(urlOf(w.service.Name), w.service.Name); err != nil {
				return nil, err
			}
		}
		return h.closeBuses, nil
	}
}

func (h *Host) openBus(url, name string) (*bus.Bus, error) {
	options := h.settings.busOptions(h.Log)
	options.Missed = func(group, _ string) { h.Runner.Metrics.Missed.WithLabelValues(name, group).Inc() }
	b, err := busurl.Open(url, name, options)
	if err != nil {
		return nil, fmt.Errorf("config: BUS_URL: %w", err)
	}
	h.buses = append(h.buses, b)
	return b, telemetry.Register(h.Registry, name, Connected(b.Ready), Store(b.Store))
}

func (h *Host) closeBuses(ctx context.Context) error {
	return h.eachBus(func(b *bus.Bus) error { return b.Close(ctx) })
}

// eachBus does something with all at once.
func (h *Host) eachBus(do func(*bus.Bus) error) error {
	var all errgroup.Group
	for _, b := range h.buses {
		all.Go(func() error { return do(b) })
	}
	return all.Wait()
}

// Work starts the services, and runs their consumers, relays and schedules. A dependency that is unavailable is waited for.
// The stop ends the consumers first, and relays what they and the endpoints have stored.
func (h *Host) Work(context.Context) (Stop, error) {
	life, end := context.WithCancel(context.Background())
	h.works.Store(true)
	for _, w := range h.workers {
		go w.run(life)
	}
	return func(ctx context.Context) error {
		err := h.eachBus(func(b *bus.Bus) error { return b.StopConsuming(ctx) })
		end()
		var workers errgroup.Group // at once, since each may have to wait for a database that is unavailable
		for _, w := range h.workers {
			workers.Go(func() error { return w.stop(ctx) })
		}
		return errors.Join(err, workers.Wait())
	}, nil
}

// ServeAPI answers with handler on PORT, and with refuser, unless it is nil, while that is full. Told to stop, it goes on for DRAIN_DELAY, so that balancers notice.
func (h *Host) ServeAPI(handler http.Handler, refuser Refuser) Part {
	return func(context.Context) (Stop, error) {
		listener, err := Listen("", h.settings.Port)
		if err != nil {
			return nil, err
		}
		h.URL = URL(listener)
		limited := limitConnections(listener, h.settings.Connections(), refuser)
		stop := h.serve(limited, h.Runner.Edge(handler), h.settings.RequestTimeout)
		return func(ctx context.Context) error {
			select {
			case <-time.After(h.settings.DrainDelay):
			case <-ctx.Done():
			}
			return stop(ctx)
		}, nil
	}
}

// ServeMetrics answers GET /metrics on METRICS_PORT, and the probes, which are heard there however many clients come to PORT.
func (h *Host) ServeMetrics(context.Context) (Stop, error) {
	listener, err := Listen("", h.settings.MetricsPort)
	if err != nil {
		return nil, err
	}
	h.MetricsURL = URL(listener)
	return h.Serve(listener, h.Runner.Edge(Probes(Metrics(h.Registry), h.Ready, h.Log)), h.settings.RequestTimeout, 64), nil
}

// Probes adds the probes to next, which answers 503 until the services have started.
func (h *Host) Probes(next http.Handler) http.Handler {
	gate := func(w http.ResponseWriter, r *http.Request) {
		for _, worker := range h.workers {
			if !worker.started.Load() {
				apierror.Write(w, errNotStarted)
				return
			}
		}
		next.ServeHTTP(w, r)
	}
	return Probes(http.HandlerFunc(gate), h.Ready, h.Log)
}

// Ready returns nil while the services have started and reach what they depend on, and the process is not stopping. Services
// that answer requests do so without the bus: their events wait in the outboxes.
func (h *Host) Ready(ctx context.Context) error {
	if h.isStopping() {
		return errStopping
	}
	if !h.works.Load() {
		return errNotStarted
	}
	for _, w := range h.workers {
		err := error(errNotStarted)
		if w.started.Load() {
			err = w.service.Ready(ctx)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", w.service.Name, err)
		}
	}
	if h.answers {
		return nil
	}
	return h.eachBus(func(b *bus.Bus) error { return b.Ready(ctx) })
}
