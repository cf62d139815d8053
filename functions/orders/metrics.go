package orders

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/telemetry"
)

// Outcomes of orders, as ticketing_orders_total counts them.
const (
	created     = "created"
	completed   = "completed"
	cancelled   = "cancelled" // by the buyer
	returned    = "returned"  // by the seller, after it was paid
	expired     = "expired"
	kept        = "kept"         // beyond its time, for a payment
	latePayment = "late_payment" // a payment that its order could not take
)

// metrics count what has happened, once it is committed.
type metrics struct {
	outcomes *prometheus.CounterVec
	lateness prometheus.Histogram
}

func newMetrics() metrics {
	return metrics{
		outcomes: telemetry.Outcomes("ticketing_orders_total", "What became of orders", created, completed, cancelled, returned, expired, kept, latePayment),
		lateness: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "ticketing_expiration_lateness_seconds", Help: "From the moment when an order's time was up until that was noticed.",
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300},
		}),
	}
}

// count counts an outcome that was announced at seq; 0 says that nothing has changed.
func (m metrics) count(outcome string, seq int64) {
	if seq != 0 {
		m.outcomes.WithLabelValues(outcome).Inc()
	}
}

// collectors are the metrics of the service and of its database.
func (o *Orders) collectors() []prometheus.Collector {
	open := telemetry.Asked(func(ctx context.Context) ([]float64, error) { // they have an index of their own
		return postgres.One(ctx, o.db, pgx.RowTo[[]float64], `SELECT ARRAY[count(*)::float8] FROM (SELECT FROM orders WHERE status = 'created' LIMIT 10000) open`)
	}, telemetry.Gauge{Name: "ticketing_reservations_open", Help: "Orders that hold their ticket and are not paid yet, counted up to 10000."})
	return append(o.db.Collectors(), o.metrics.outcomes, o.metrics.lateness, open)
}
