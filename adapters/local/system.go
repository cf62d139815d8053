// Package local runs the whole system in one process: for a laptop, for a demonstration, for tests.
//
// Its promises: a backend that no setting names is embedded, private to DATA_DIR and survives a restart;
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
	"os"
	"strings"

	"github.com/gittix/ticketing/adapters/process"
	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

// System is all services, their backends, and one HTTP server in front.
type System struct {
	settings Settings
	process  *process.Lifecycle
	backends *backends
	services []function.Service
	host     *process.Host // nil until run
	url      string
}

// assemble starts the backends and makes the services, which call each other at url, but runs nothing of them.
func assemble(ctx context.Context, values config.Values, url string, log *slog.Logger) (*System, error) {
	values = config.Values{"SESSION_SECURE": "false", "WEBHOOKS_ANYWHERE": "true"}.With(values)
	settings, err := config.Parse[Settings](values)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(settings.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("DATA_DIR: %w", err)
	}
	secrets, err := loadSecrets(settings.DataDir)
	if err != nil {
		return nil, err
	}
	s := &System{settings: settings, process: process.New(settings.Process.ShutdownTimeout, log), url: url}
	s.backends = &backends{Lifecycle: s.process, settings: settings, secrets: secrets, url: url}
	s.process.Add("PostgreSQL", s.backends.postgres)
	s.process.Add("bus", s.backends.bus)
	s.process.Add("Redis", s.backends.redis)
	s.process.Add("Stripe", s.backends.stripe)
	s.process.Add("mail", s.backends.mail)
	if err := s.process.Start(ctx); err != nil {
		return nil, err
	}
	if err := s.open(ctx, values); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// open makes the services.
func (s *System) open(ctx context.Context, values config.Values) error {
	common := s.backends.secrets.With(siteDefaults(s.url))
	maps.Copy(common, values)
	common = common.With(s.backends.Stripe).With(config.Values{"REDIS_URL": s.backends.RedisURL})
	for _, def := range functions.Services() {
		own := common
		if def.Uses("DATABASE_URL") {
			url, err := s.backends.database(ctx, def.Name)
			if err != nil {
				return err
			}
			own = common.With(config.Values{"DATABASE_URL": url})
		}
		if def.Uses("SMTP_URL") {
			own = s.backends.Mail.With(own)
		}
		service, err := function.Open(def.New, own)
		if err != nil {
			return err
		}
		s.services = append(s.services, service)
	}
	return nil
}

// siteDefaults let services call each other as any client does: by the address of this process.
func siteDefaults(url string) config.Values {
	values := config.Values{}
	for _, def := range functions.Services() {
		for _, setting := range config.Settings(def.Settings) {
			if strings.HasSuffix(setting.Name, "_API_URL") && setting.Required {
				values[setting.Name] = url
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
	// The port comes first: the sandbox's webhooks go there, and a port in use is reported at once.
	listener, err := process.Listen(settings.Host, settings.Process.Port)
	if err != nil {
		return nil, err
	}
	url := process.URL(listener)
	if mount := settings.Process.Mount; !mount.Stripped {
		url += string(mount.Path)
	}
	s, err := assemble(ctx, values, url, log)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	if err := s.run(ctx, listener); err != nil {
		return nil, errors.Join(err, listener.Close(), s.Stop())
	}
	return s, nil
}

func (s *System) run(ctx context.Context, listener net.Listener) error {
	settings := s.settings.Process
	settings.BusURL = s.backends.BusURL
	var err error
	if s.host, err = process.Open(s.process, "ticketing", settings, s.services...); err != nil {
		return err
	}
	front := http.NewServeMux()
	front.Handle("/", s.host.Runner.Handler(s.services...))
	front.Handle("GET /metrics", process.Metrics(s.host.Registry))
	if s.backends.sandbox != nil {
		front.Handle("/sandbox/", s.backends.sandbox) // the second step of a sandbox card
	}
	if s.backends.mailbox != nil {
		front.Handle(s.backends.mailPath, s.backends.mailbox)
	}
	connect := s.host.Connect
	if urlOf := s.backends.BusURLOf; urlOf != nil {
		connect = s.host.ConnectEach(urlOf)
	}
	s.host.Add("bus client", connect)
	s.host.Add("services", s.host.Work)
	s.host.Add("api", func(context.Context) (process.Stop, error) {
		return s.host.Serve(listener, s.host.Runner.Edge(s.host.Probes(front)), settings.RequestTimeout, settings.Connections()), nil
	})
	return s.host.Start(ctx)
}

// URL returns where the system answers.
func (s *System) URL() string { return s.url }

// AwaitReady waits until everything works, for at most ten seconds: the banner is for a system that can be used.
func (s *System) AwaitReady(ctx context.Context) {
	_, _ = retry(ctx, func() (struct{}, error) { return struct{}{}, s.host.Ready(ctx) }) // the log says why it is not ready
}

// Stop finishes what is under way, and stops everything within SHUTDOWN_TIMEOUT.
func (s *System) Stop() error { return s.process.Close() }

// banner says what is real, what is embedded, and where.
func (s *System) banner(w io.Writer) error {
	_, err := fmt.Fprintf(w, `
  Ticketing is running on %s

    %s
    %-11s %-9s %s

  Stop it with Ctrl-C. What it stored is there again at the next start.

`, people(s.URL()), strings.Join(s.backends.about, "\n    "), "Data", "", s.settings.DataDir)
	return err
}
