package dispatcher

import "github.com/prometheus/client_golang/prometheus"

// metrics are what a dispatcher counts, beside what every process does. They are registered as one prometheus.Collector.
type metrics struct {
	*prometheus.Registry
	deliveries *prometheus.CounterVec // by consumer, outcome
	inFlight   *prometheus.GaugeVec   // by consumer
	relayed    *prometheus.CounterVec // by outbox
}

func newMetrics() *metrics {
	m := &metrics{
		Registry: prometheus.NewRegistry(),
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
	m.MustRegister(m.deliveries, m.inFlight, m.relayed)
	return m
}

// age adds the gauge of one outbox.
func (m *metrics) age(outbox string, seconds func() float64) {
	m.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name:        "ticketing_dispatch_outbox_age_seconds",
		Help:        "Age of the oldest event that could not be sent yet, or time since the outbox could not be read.",
		ConstLabels: prometheus.Labels{"outbox": outbox},
	}, seconds))
}

// Collector describes all that a dispatcher counts of its own, for the checks of dashboards and alerts.
func Collector() prometheus.Collector {
	m := newMetrics()
	m.age("", func() float64 { return 0 })
	return m
}
