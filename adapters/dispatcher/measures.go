package dispatcher

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gittix/ticketing/adapters/process"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/telemetry"
)

// measures are what an operator sees of a dispatcher.
type measures struct {
	registry   *prometheus.Registry
	functions  *telemetry.Metrics     // of which a dispatcher counts what is sent
	deliveries *prometheus.CounterVec // by consumer, outcome
	inFlight   *prometheus.GaugeVec   // by consumer
	relayed    *prometheus.CounterVec // by outbox
}

func newMeasures() *measures {
	registry, functions, err := process.NewMetrics()
	if err != nil {
		panic(err) // a registry that is new holds nothing yet
	}
	m := &measures{
		registry: registry, functions: functions,
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
	m.registry.MustRegister(m.deliveries, m.inFlight, m.relayed)
	return m
}

// Collector describes all that a dispatcher measures of its own, for who checks what names it.
func Collector() prometheus.Collector {
	m := newMeasures()
	m.age("", func() float64 { return 0 })
	return m.registry
}

// age adds the measurement of one outbox.
func (m *measures) age(outbox string, seconds func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name:        "ticketing_dispatch_outbox_age_seconds",
		Help:        "Age of the oldest event that could not be sent yet, or time since the outbox could not be read.",
		ConstLabels: prometheus.Labels{"outbox": outbox},
	}, seconds))
}

// nothing is what a dispatcher serves besides its probes.
func nothing(w http.ResponseWriter, _ *http.Request) { apierror.Write(w, apierror.ErrNotFound) }
