package orders

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gittix/ticketing/shared/telemetry"
)

// What can become of orders, as ticketing_orders_total tells them apart.
const (
	created     = "created"
	completed   = "completed"
	cancelled   = "cancelled" // by the buyer
	expired     = "expired"
	latePayment = "late_payment" // a payment that its order could not take
)

// measures count what has happened, once it is committed.
type measures struct {
	outcomes *prometheus.CounterVec
	lateness prometheus.Histogram
}

func newMeasures() measures {
	m := measures{
		outcomes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ticketing_orders_total", Help: "What became of orders: created, completed, cancelled, expired, late_payment.",
		}, []string{"outcome"}),
		lateness: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "ticketing_expiration_lateness_seconds", Help: "From the moment when an order's time was up to its end.",
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300},
		}),
	}
	for _, outcome := range []string{created, completed, cancelled, expired, latePayment} {
		m.outcomes.WithLabelValues(outcome) // a rate needs the zero that it starts from
	}
	return m
}

// count counts an outcome if seq says that it is news.
func (m measures) count(outcome string, seq int64) {
	if seq != 0 {
		m.outcomes.WithLabelValues(outcome).Inc()
	}
}

// collectors are all that the service measures itself.
func (o *Orders) collectors() []prometheus.Collector {
	open := telemetry.Asked(func(ctx context.Context) ([]float64, error) {
		n, err := o.store.open(ctx)
		return []float64{float64(n)}, err
	}, telemetry.Gauge{Name: "ticketing_reservations_open", Help: "Orders that hold their ticket and are not paid yet."})
	return append(o.store.db.Collectors(), o.measures.outcomes, o.measures.lateness, open)
}
