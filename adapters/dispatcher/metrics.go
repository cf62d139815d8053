package dispatcher

import "github.com/prometheus/client_golang/prometheus"

// metrics are what a dispatcher counts, beside what every process does. It is a prometheus.Collector.
type metrics struct {
	deliveries *prometheus.CounterVec // by consumer, outcome
	inFlight   *prometheus.GaugeVec   // by consumer
	relayed    *prometheus.CounterVec // by outbox
	ages       []prometheus.Collector
}

func newMetrics() *metrics {
	return &metrics{
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
}

// age adds the gauge of one outbox.
func (m *metrics) age(outbox string, seconds func() float64) {
	m.ages = append(m.ages, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name:        "ticketing_dispatch_outbox_age_seconds",
		Help:        "Age of the oldest event that could not be sent yet, or time since the outbox could not be read.",
		ConstLabels: prometheus.Labels{"outbox": outbox},
	}, seconds))
}

// Describe implements prometheus.Collector.
func (m *metrics) Describe(descriptions chan<- *prometheus.Desc) {
	for _, c := range m.all() {
		c.Describe(descriptions)
	}
}

// Collect implements prometheus.Collector.
func (m *metrics) Collect(values chan<- prometheus.Metric) {
	for _, c := range m.all() {
		c.Collect(values)
	}
}

func (m *metrics) all() []prometheus.Collector {
	return append([]prometheus.Collector{m.deliveries, m.inFlight, m.relayed}, m.ages...)
}

// Collector describes all that a dispatcher counts of its own, for the checks of dashboards and alerts.
func Collector() prometheus.Collector {
	m := newMetrics()
	m.age("", func() float64 { return 0 })
	return m
}
