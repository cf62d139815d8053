// Package telemetry is what operators see: metrics for Prometheus and logs that carry the trace.
package telemetry

import (
	"context"
	"io"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
)

// Metrics are the measurements that every function has.
type Metrics struct {
	Requests  *prometheus.HistogramVec // seconds by service, function, status
	Events    *prometheus.CounterVec   // by service, function, outcome (done, retry, reject, dead)
	Schedules *prometheus.CounterVec   // by service, function, outcome (done, failed)
	Panics    *prometheus.CounterVec   // by service, function
}

// NewMetrics registers the measurements with r, and fails if they are registered already.
func NewMetrics(r prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{
		Requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "ticketing_request_duration_seconds", Help: "Time to answer an HTTP request.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"service", "function", "status"}),
		Events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ticketing_events_consumed_total", Help: "Events given to a consumer, by outcome: done, retry, reject or dead.",
		}, []string{"service", "function", "outcome"}),
		Schedules: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ticketing_schedule_runs_total", Help: "Runs of a schedule, by outcome: done or failed.",
		}, []string{"service", "function", "outcome"}),
		Panics: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ticketing_panics_total", Help: "Panics of handlers, each answered with a 500 or a retry.",
		}, []string{"service", "function"}),
	}
	for _, c := range []prometheus.Collector{m.Requests, m.Events, m.Schedules, m.Panics} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// NewLogger returns a logger that writes JSON, or text if text is set, with the trace of each record's context.
func NewLogger(w io.Writer, level slog.Leveler, text bool) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if text {
		return slog.New(traced{slog.NewTextHandler(w, options)})
	}
	return slog.New(traced{slog.NewJSONHandler(w, options)})
}

// traced adds trace_id and span_id to records.
type traced struct{ slog.Handler }

func (t traced) Handle(ctx context.Context, r slog.Record) error {
	if s := trace.SpanContextFromContext(ctx); s.IsValid() {
		r.AddAttrs(slog.String("trace_id", s.TraceID().String()), slog.String("span_id", s.SpanID().String()))
	}
	return t.Handler.Handle(ctx, r)
}

func (t traced) WithAttrs(attrs []slog.Attr) slog.Handler { return traced{t.Handler.WithAttrs(attrs)} }

func (t traced) WithGroup(name string) slog.Handler { return traced{t.Handler.WithGroup(name)} }
