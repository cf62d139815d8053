package process

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/gittix/ticketing/shared/bus"
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

// Connected is the metric that says whether ready, a bus's, returns nil.
func Connected(ready func(context.Context) error) prometheus.Collector {
	return telemetry.Asked(func(ctx context.Context) ([]float64, error) {
		if ready(ctx) != nil {
			return []float64{0}, nil //nolint:nilerr // that is what it says
		}
		return []float64{1}, nil
	}, telemetry.Gauge{Name: "ticketing_bus_connected", Help: "1 while the process is connected to the bus and subscribed to what it consumes, else 0."})
}

// Store are the metrics of what a bus's broker stores. Where the broker does not tell, they are not there.
func Store(ask func(context.Context) (bus.Store, error)) prometheus.Collector {
	return telemetry.Asked(func(ctx context.Context) ([]float64, error) {
		s, err := ask(ctx)
		return []float64{float64(s.Bytes), float64(s.MaxBytes), float64(s.Waiting)}, err
	},
		telemetry.Gauge{Name: "ticketing_bus_store_bytes", Help: "Bytes of the events that the bus stores: of JetStream's stream, or of NATS Streaming's fullest channel."},
		telemetry.Gauge{Name: "ticketing_bus_store_limit_bytes", Help: "Bytes above which the bus discards its oldest events; 0 if there is no limit."},
		telemetry.Gauge{Name: "ticketing_bus_waiting", Help: "Events that the bus keeps for the consumer of this service that has most of them to handle."})
}

// Metrics answers GET /metrics.
func Metrics(registry *prometheus.Registry) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{Registry: registry}))
	return mux
}
