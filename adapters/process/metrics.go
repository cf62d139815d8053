package process

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/telemetry"
)

// NewMetrics returns a registry with the metrics of a process that runs these services: its own, those that every function has,
// and those that the services collect themselves. Errors: a metric that is registered twice.
func NewMetrics(services ...function.Service) (*prometheus.Registry, *telemetry.Metrics, error) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	metrics, err := telemetry.NewMetrics(registry)
	for _, s := range services {
		if err == nil {
			err = telemetry.Register(registry, s.Name, s.Collectors...)
		}
	}
	return registry, metrics, err
}

// Metrics answers GET /metrics.
func Metrics(registry *prometheus.Registry) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{Registry: registry}))
	return mux
}
