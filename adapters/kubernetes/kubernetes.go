// Package kubernetes runs a service, or those of its functions that FUNCTIONS names, as one process of a Deployment: its
// endpoints and probes on PORT, its metrics on METRICS_PORT, its consumers, relay and schedules beside them. What the process
// promises is said in package process.
package kubernetes

import (
	"context"
	"log/slog"
	"os"

	"github.com/gittix/ticketing/adapters/process"
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
	host, err := open(service, settings, telemetry.NewLogger(os.Stderr, settings.LogLevel, settings.LogText))
	if err != nil {
		return err
	}
	return host.Run(ctx)
}

func open(service function.Service, settings process.Settings, log *slog.Logger) (*process.Host, error) {
	host, err := process.Open(process.New(settings.ShutdownTimeout, log), service.Name, settings, service)
	if err != nil {
		return nil, err
	}
	host.Add("metrics", host.ServeMetrics)
	if len(service.Consumers) > 0 || service.Outbox != nil {
		host.Add("bus", host.Connect)
	}
	host.Add("worker", host.Work)
	api := host.Runner.Handler(service)
	host.Add("api", host.ServeAPI(host.Probes(api), api))
	return host, nil
}
