package notifications

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/telemetry"
)

// What becomes of attempts, beside the states of deliveries, as ticketing_deliveries_total counts it.
const (
	retried = "retried"
	givenUp = "given_up"
)

type metrics struct{ outcomes *prometheus.CounterVec }

func newMetrics(channels map[string]channel) metrics {
	m := metrics{prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "ticketing_deliveries_total", Help: "What became of attempts to send a message: sent, dropped (of no use any more), retried, given_up.",
	}, []string{"channel", "outcome"})}
	for name := range channels {
		for _, outcome := range []string{string(sent), string(dropped), retried, givenUp} {
			m.outcomes.WithLabelValues(name, outcome) // a rate needs the zero that it starts from
		}
	}
	return m
}

func (m metrics) count(channel, outcome string) { m.outcomes.WithLabelValues(channel, outcome).Inc() }

// collectors are the metrics of the service and of its database.
func (n *Notifications) collectors() []prometheus.Collector {
	all := append(n.db.Collectors(), n.metrics.outcomes)
	for name := range n.channels {
		all = append(all, n.waits(name))
	}
	return all
}

// waits says what waits in a channel.
func (n *Notifications) waits(channel string) prometheus.Collector {
	labels := prometheus.Labels{"channel": channel}
	return telemetry.Asked(func(ctx context.Context) ([]float64, error) {
		return postgres.One(ctx, n.db, pgx.RowTo[[]float64], `
			SELECT ARRAY[count(*) FILTER (WHERE due_at <= $1)::float8,
				coalesce(greatest(0, extract(epoch FROM $1 - min(greatest(due_at, leased_until)) FILTER (WHERE due_at <= $1))), 0)::float8,
				coalesce(greatest(0, extract(epoch FROM $1 - min(created_at) FILTER (WHERE attempts > 0))), 0)::float8]
			FROM (SELECT due_at, leased_until, created_at, attempts FROM deliveries
				WHERE channel = $2 AND state = 'waiting' ORDER BY due_at LIMIT 100000) first`, n.now(), channel)
	},
		telemetry.Gauge{Name: "ticketing_deliveries_due", Help: "Messages that are to be sent now, counted up to 100000.", Labels: labels},
		telemetry.Gauge{Name: "ticketing_deliveries_oldest_due_seconds", Help: "For how long the first of them has been due, and not tried; 0 if there is none.", Labels: labels},
		telemetry.Gauge{Name: "ticketing_deliveries_oldest_tried_seconds", Help: "Age of the oldest message that was tried, and waits for another attempt; 0 if there is none.", Labels: labels})
}
