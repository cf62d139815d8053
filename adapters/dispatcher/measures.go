package dispatcher

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/gittix/ticketing/shared/apierror"
)

// measures are what an operator sees of a dispatcher.
type measures struct {
	registry   *prometheus.Registry
	deliveries *prometheus.CounterVec // by consumer, outcome
	inFlight   *prometheus.GaugeVec   // by consumer
	relayed    *prometheus.CounterVec // by outbox
}

func newMeasures() *measures {
	m := &measures{
		registry: prometheus.NewRegistry(),
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ticketing_dispatch_deliveries_total",
			Help: "Deliveries, by outcome: done, rejected (the consumer keeps it as a dead letter), again, dead (failed too often, and kept likewise).",
		}, []string{"consumer", "outcome"}),
		inFlight: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "ticketing_dispatch_in_flight", Help: "Deliveries under way, those that pause before another try included.",
		}, []string{"consumer"}),
		relayed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ticketing_dispatch_relayed_total", Help: "Events that the bus took from an outbox.",
		}, []string{"outbox"}),
	}
	m.registry.MustRegister(m.deliveries, m.inFlight, m.relayed,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// age adds the measurement of one outbox.
func (m *measures) age(outbox string, seconds func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name:        "ticketing_dispatch_outbox_age_seconds",
		Help:        "Age of the oldest event that could not be sent yet, or time since the outbox could not be read.",
		ConstLabels: prometheus.Labels{"outbox": outbox},
	}, seconds))
}

// page answers GET /metrics.
func (m *measures) page() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry}))
	return mux
}

// nothing is what a dispatcher serves besides its probes.
func nothing(w http.ResponseWriter, _ *http.Request) { apierror.Write(w, apierror.ErrNotFound) }
