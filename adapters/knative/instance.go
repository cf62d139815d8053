package knative

import (
	"context"
	"io"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gittix/ticketing/adapters/process"
	"github.com/gittix/ticketing/adapters/tracing"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/telemetry"
)

// instance is a service that runs.
type instance struct {
	service  function.Service
	settings Settings
	runner   function.Runner
	registry *prometheus.Registry
	traces   *tracing.Traces
	worker   *process.Worker // starts the service
	handler  http.Handler
}

// open makes the service, connects to nothing, and starts it in the background until close.
func open(build function.New, values config.Values, logs io.Writer) (*instance, error) {
	settings, err := config.Parse[Settings](values)
	if err != nil {
		return nil, err
	}
	service, err := function.Open(build, values, settings.names()...)
	if err != nil {
		return nil, err
	}
	i := &instance{service: service, settings: settings}
	i.runner = function.Runner{Log: telemetry.NewLogger(logs, settings.LogLevel, settings.LogText), Timeout: settings.RequestTimeout}
	if i.registry, i.runner.Metrics, err = process.NewMetrics(service); err != nil {
		return nil, err
	}
	if i.traces, err = tracing.Open(service.Name, settings.Traces, i.runner.Log); err != nil {
		return nil, err
	}
	i.runner.Tracer = i.traces
	i.worker = process.StartWorker(sleeping(service), i.runner, nil)
	i.handler = process.Probes(i.routes(), i.worker.Started, i.worker.Ready, i.runner.Log)
	return i, nil
}

// sleeping is a service without what only a process that stays can do.
func sleeping(s function.Service) function.Service {
	s.Consumers, s.Schedules, s.Outbox = nil, nil, nil
	return s
}

// routes are the service's endpoints, and the doors of its consumers and schedules, if it has any.
func (i *instance) routes() http.Handler {
	endpoints := i.runner.Handler(i.service)
	mux := http.NewServeMux()
	mux.Handle("/", endpoints)
	if len(i.service.Schedules) > 0 {
		mux.HandleFunc("POST /schedules/{name}", i.tick)
	}
	if len(i.service.Consumers) == 0 {
		return mux
	}
	mux.HandleFunc("POST /events/{consumer}", i.consumeNamed)
	mux.HandleFunc("POST /{$}", func(w http.ResponseWriter, r *http.Request) {
		if isEvent(r.Header) {
			i.consumeAny(w, r)
			return
		}
		endpoints.ServeHTTP(w, r)
	})
	return mux
}

// close ends the start, if it goes on still, closes what the service holds, and sends the last traces.
func (i *instance) close(ctx context.Context) error {
	err := i.worker.Stop(ctx)
	i.service.Stop()
	i.traces.Stop(ctx)
	return err
}
