package postgres

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/gittix/ticketing/shared/telemetry"
)

// Collectors returns the metrics of the pool and, in a database with the schema Events, of the outbox and of the dead
// letters. Those two take a connection from the pool at each scrape.
func (db *DB) Collectors() []prometheus.Collector {
	connections := func(state string, count func(*pgxpool.Stat) int32) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "ticketing_postgres_connections", Help: "Connections to the database, by state: acquired, idle, and max, the limit.",
			ConstLabels: prometheus.Labels{"state": state},
		}, func() float64 { return float64(count(db.pool.Stat())) })
	}
	all := []prometheus.Collector{
		connections("acquired", (*pgxpool.Stat).AcquiredConns), connections("idle", (*pgxpool.Stat).IdleConns), connections("max", (*pgxpool.Stat).MaxConns),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "ticketing_postgres_acquire_wait_seconds_total", Help: "Time that was spent waiting for a connection because all were acquired.",
		}, func() float64 { return db.pool.Stat().EmptyAcquireWaitTime().Seconds() }),
	}
	if slices.ContainsFunc(db.schemas, func(s Schema) bool { return s.Name == Events().Name }) {
		all = append(all, db.outbox.Collector(), telemetry.DeadLetters(db.DeadLetters().count))
	}
	return all
}

// Collector returns the metrics of the outbox. It needs only the right to read the table.
//
// Their cost does not grow with the table: unsent rows have an index of their own, the first of them is about the
// oldest, and at most 100,000 are counted.
func (o *Outbox) Collector() prometheus.Collector {
	return telemetry.Asked(func(ctx context.Context) ([]float64, error) {
		return One(ctx, o.db, func(row pgx.CollectableRow) ([]float64, error) {
			values := make([]float64, 2)
			return values, row.Scan(&values[0], &values[1])
		}, `SELECT
			(SELECT count(*) FROM (SELECT FROM outbox WHERE sent_at IS NULL LIMIT 100000) unsent)::float8,
			coalesce((SELECT greatest(0, extract(epoch FROM clock_timestamp() - created_at))
				FROM outbox WHERE sent_at IS NULL ORDER BY seq LIMIT 1), 0)::float8`)
	},
		telemetry.Gauge{Name: "ticketing_outbox_unsent", Help: "Events that are not sent yet, counted up to 100000."},
		telemetry.Gauge{Name: "ticketing_outbox_oldest_age_seconds", Help: "Age of the oldest event that is not sent yet; 0 if there is none."})
}

func (d DeadLetters) count(ctx context.Context) (int64, error) {
	return One(ctx, d.db, pgx.RowTo[int64], `SELECT count(*) FROM (SELECT FROM dead_letters LIMIT 100000) letters`)
}
