package knative

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/gittix/ticketing/adapters/process"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

// Main runs a service as the container of a Knative Service until SIGTERM or SIGINT, and ends the process with
// status 1 if it fails.
func Main(build function.New) {
	config.Main(func(ctx context.Context, values config.Values) error { return Run(ctx, build, values) })
}

// Run serves a service on PORT, in HTTP/1.1 and in HTTP/2 without TLS, and its metrics on METRICS_PORT, until
// ctx ends. It returns after it has stopped.
func Run(ctx context.Context, build function.New, values config.Values) error {
	c, err := start(build, values)
	if err != nil {
		return err
	}
	var failed error
	select {
	case <-ctx.Done():
	case failed = <-c.server.Failed():
	case failed = <-c.metrics.Failed():
	}
	c.log.Info("stopping")
	return errors.Join(failed, c.stop())
}

// container is a function and the servers in front of it.
type container struct {
	function        *Function
	settings        Settings
	log             *slog.Logger
	server, metrics *process.Server
}

func start(build function.New, values config.Values) (*container, error) {
	c := &container{function: New(build)}
	running, err := c.function.start(context.Background(), values)
	if err != nil {
		return nil, err
	}
	c.settings, c.log = running.settings, running.runner.Log
	if c.metrics, err = process.Serve("", c.settings.MetricsPort, process.Metrics(running.registry), c.log, c.settings.RequestTimeout); err == nil {
		c.server, err = process.Serve("", c.settings.Port, http.HandlerFunc(c.function.Handle), c.log, c.settings.RequestTimeout)
	}
	if err != nil {
		return nil, errors.Join(err, c.stop())
	}
	return c, nil
}

// stop: drain HTTP, close the service, and the metrics last. Knative's queue-proxy has turned the traffic away
// before the container is told to stop, so there is no delay of our own.
func (c *container) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), c.settings.ShutdownTimeout)
	defer cancel()
	var errs []error
	if c.server != nil {
		errs = append(errs, c.server.Stop(ctx))
	}
	errs = append(errs, c.function.Stop(ctx))
	if c.metrics != nil {
		errs = append(errs, c.metrics.Stop(ctx))
	}
	return errors.Join(errs...)
}
