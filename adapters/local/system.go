// Package local runs the whole system in one process: for a laptop, for a demonstration, for tests.
//
// Its promises: whatever is not named by a setting is embedded, private to DATA_DIR and survives a restart;
// nothing touches the system's own services or their ports; the services are the same, and run by the
// same code, as on Kubernetes.
package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/gittix/ticketing/adapters/process"
	"github.com/gittix/ticketing/adapters/tracing"
	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/bus/busurl"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

// System is all services, their backends, and one HTTP server in front.
type System struct {
	settings Settings
	log      *slog.Logger
	backends *backends
	services []function.Service
	traces   *tracing.Traces
	bus      *bus.Bus
	workers  []*process.Worker
	server   *process.Server
}

// assemble opens the backends and makes the services, but runs nothing of them.
func assemble(ctx context.Context, values config.Values, log *slog.Logger) (s *System, err error) {
	settings, err := config.Parse[Settings](values)
	if err != nil {
		return nil, err
	}
	if err := prepareDataDir(settings.DataDir); err != nil {
		return nil, err
	}
	kept, err := loadSecrets(settings.DataDir)
	if err != nil {
		return nil, err
	}
	s = &System{settings: settings, log: log}
	if s.backends, err = open(ctx, settings, kept, log); err != nil {
		return nil, err
	}
	common := kept.defaults().With(siteDefaults(settings.Process.Port))
	maps.Copy(common, values)
	common = common.With(s.backends.Stripe).With(config.Values{"REDIS_URL": s.backends.RedisURL})
	for _, def := range functions.Services() {
		own := common
		if def.Uses("DATABASE_URL") {
			url, err := s.backends.database(ctx, def.Name)
			if err != nil {
				return nil, errors.Join(err, s.backends.stop(ctx))
			}
			own = common.With(config.Values{"DATABASE_URL": url})
		}
		service, err := function.Open(def.New, own)
		if err != nil {
			return nil, errors.Join(err, s.backends.stop(ctx))
		}
		s.services = append(s.services, service)
	}
	return s, nil
}

// siteDefaults let services call each other as any client does: by this process's own port.
func siteDefaults(port uint16) config.Values {
	values := config.Values{}
	for _, def := range functions.Services() {
		for _, setting := range config.Settings(def.Settings) {
			if strings.HasSuffix(setting.Name, "_API_URL") && setting.Required {
				values[setting.Name] = fmt.Sprintf("http://127.0.0.1:%d", port)
			}
		}
	}
	return values
}

// Start starts the system. Stop it after use.
func Start(ctx context.Context, values config.Values, log *slog.Logger) (*System, error) {
	settings, err := config.Parse[Settings](values)
	if err != nil {
		return nil, err
	}
	// The port comes first: the sandbox's webhooks go there, and a port in use is told at once.
	listen, err := process.Listen(settings.Host, settings.Process.Port)
	if err != nil {
		return nil, err
	}
	port := netip.MustParseAddrPort(listen.Addr().String()).Port()
	s, err := assemble(ctx, values.With(config.Values{"PORT": strconv.Itoa(int(port))}), log)
	if err != nil {
		return nil, errors.Join(err, listen.Close())
	}
	if err := s.run(listen); err != nil {
		return nil, errors.Join(err, listen.Close(), s.Stop())
	}
	return s, nil
}

func (s *System) run(listen net.Listener) error {
	registry, metrics, err := process.NewMetrics(s.services...)
	if err != nil {
		return err
	}
	settings := s.settings.Process
	if s.traces, err = tracing.Open("ticketing", settings.Traces, s.log); err != nil {
		return err
	}
	runner := function.Runner{Log: s.log, Metrics: metrics, Tracer: s.traces, Timeout: settings.RequestTimeout}
	if s.bus, err = busurl.Open(s.backends.BusURL, "local", settings.BusOptions(s.log)); err != nil {
		return fmt.Errorf("config: BUS_URL: %w", err)
	}
	for _, service := range s.services {
		s.workers = append(s.workers, process.StartWorker(service, runner, s.bus))
	}
	front := http.NewServeMux()
	front.Handle("/", runner.Handler(s.services...))
	front.Handle("GET /metrics", process.Metrics(registry))
	if s.backends.sandbox != nil {
		front.Handle("/sandbox/", s.backends.sandbox) // the second step of a sandbox card
	}
	handler := process.Probes(front, s.started, s.ready, s.log)
	s.server = process.ServeOn(listen, handler, s.log, settings.RequestTimeout)
	return nil
}

// URL returns where the system answers.
func (s *System) URL() string { return s.server.URL() }

func (s *System) started() bool {
	for _, w := range s.workers {
		if !w.Started() {
			return false
		}
	}
	return true
}

func (s *System) ready(ctx context.Context) error {
	for i, w := range s.workers {
		if err := w.Ready(ctx); err != nil {
			return fmt.Errorf("%s: %w", s.services[i].Name, err)
		}
	}
	return nil
}

// AwaitReady waits until everything works, for at most ten seconds: the banner is for a system that can be used.
func (s *System) AwaitReady(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for s.ready(ctx) != nil && ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Stop finishes what is under way, and stops everything within SHUTDOWN_TIMEOUT.
func (s *System) Stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), s.settings.Process.ShutdownTimeout)
	defer cancel()
	var errs []error
	if s.server != nil {
		errs = append(errs, s.server.Stop(ctx))
	}
	if s.bus != nil {
		errs = append(errs, s.bus.StopConsuming(ctx))
	}
	for _, w := range s.workers {
		errs = append(errs, w.Stop(ctx))
	}
	if s.bus != nil {
		errs = append(errs, s.bus.Close(ctx))
	}
	for _, service := range s.services {
		service.Stop()
	}
	if s.traces != nil {
		s.traces.Stop(ctx)
	}
	return errors.Join(append(errs, s.backends.stop(ctx))...)
}

// Banner says what is real, what is embedded, and where.
func (s *System) Banner(w io.Writer) error {
	_, err := fmt.Fprintf(w, `
  Ticketing is running on %s

    %s
    %-11s %-9s %s

  Stop it with Ctrl-C. What it stored is there again at the next start.

`, strings.Replace(s.URL(), "127.0.0.1", "localhost", 1), strings.Join(s.backends.about, "\n    "), "Data", "", s.settings.DataDir)
	return err
}
