// Package telemetry is what operators see: metrics for Prometheus and logs that carry the trace.
//
// Every metric, with its labels. All have the label service, too.
//
//	ticketing_request_duration_seconds            function, status       histogram: HTTP requests; status 499: the client went away; 503 without a function: refused unread by a full service
//	ticketing_requests_in_flight                                         gauge: HTTP requests whose work goes on: at most MAX_IN_FLIGHT
//	ticketing_events_sent_total                   type                   events that the bus took from an outbox
//	ticketing_events_consumed_total               function, outcome      done, retry, reject (to the dead letters), dead (failed too often, likewise)
//	ticketing_consumer_in_flight                  consumer               gauge: events that are being handled
//	ticketing_schedule_runs_total                 function, outcome      done, failed
//	ticketing_panics_total                        function
//	ticketing_security_events_total               event                  those of the security log: see package securitylog
//	ticketing_bus_connected                                              gauge: 1 while the process is connected and subscribed, else 0
//	ticketing_bus_store_bytes                                            gauge: of the events that the bus stores, where it is fullest
//	ticketing_bus_store_limit_bytes                                      gauge: above which it discards the oldest; 0: no limit
//	ticketing_bus_waiting                                                gauge: events that the bus keeps for the service's consumer that has most to handle
//	ticketing_events_missed_total                 function               times that a consumer came back so late that the bus had discarded events which it may not have had
//	ticketing_outbox_unsent                                              gauge: events that are not sent yet, counted up to 100 000
//	ticketing_outbox_oldest_age_seconds                                  gauge: age of the oldest of them; 0 if there is none
//	ticketing_dead_letters                                               gauge: those that are not replayed yet
//	ticketing_postgres_connections                state                  gauge: acquired, idle, max
//	ticketing_postgres_acquire_wait_seconds_total                        time that was spent waiting for a connection
//	ticketing_orders_total                        outcome                orders: created, completed, cancelled, expired, late_payment
//	ticketing_reservations_open                                          gauge, orders: those that wait for their payment, counted up to 10 000
//	ticketing_expiration_lateness_seconds                                histogram, orders: from an order's time to its end
//	ticketing_expiration_pending                                         gauge, expiration: orders whose time is to come
//	ticketing_redis_memory_bytes                                         gauge, expiration: that Redis uses
//	ticketing_redis_memory_limit_bytes                                   gauge, expiration: above which it takes no deadlines; 0: no limit
//	ticketing_payments_total                      outcome                payments: succeeded, declined, failed, refunded, refund_failed, disputed, dispute_won, dispute_lost
//	ticketing_refunds_owed                                               gauge, payments: money that is to go back, and that Stripe has not accepted
//	ticketing_refunds_oldest_age_seconds                                 gauge, payments: for how long the oldest of it has been owed; 0 if there is none
//	ticketing_stripe_request_duration_seconds     operation, outcome     histogram, payments: ok, declined, refused, unavailable
//	ticketing_deliveries_total                    channel, outcome       notifications: attempts to send a message: sent, dropped (of no use any more), retried, given_up (a mail: to the dead letters)
//	ticketing_deliveries_due                      channel                gauge, notifications: messages that are to be sent now, counted up to 100 000
//	ticketing_deliveries_oldest_due_seconds       channel                gauge, notifications: for how long the first of them has been due, and not tried; 0 if there is none
//	ticketing_deliveries_oldest_tried_seconds     channel                gauge, notifications: age of the oldest message that was tried, and waits for another attempt; 0 if there is none
//
// What a database, Redis or the bus says (outbox, dead letters, reservations, expirations, the store) is asked for at each scrape. Each
// replica says the same: use max, not sum. While it cannot be asked, the series is not there.
package telemetry

import (
	"context"
	"io"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
)

// StatusClientGone is the status, in metrics and traces, of a request whose client went away before its answer, as nginx has
// it. It is not logged.
const StatusClientGone = 499

// Metrics are the metrics that every function has.
type Metrics struct {
	Requests  *prometheus.HistogramVec // seconds by service, function, status
	Running   *prometheus.GaugeVec     // requests by service
	Events    *prometheus.CounterVec   // by service, function, outcome (done, retry, reject, dead, refused)
	Schedules *prometheus.CounterVec   // by service, function, outcome (done, failed)
	Panics    *prometheus.CounterVec   // by service, function
	Sent      *prometheus.CounterVec   // by service, type
	Missed    *prometheus.CounterVec   // by service, function
	InFlight  *prometheus.GaugeVec     // by service, consumer
	Security  *prometheus.CounterVec   // by service, event
}

// NewMetrics registers the metrics with r, and fails if they are registered already.
func NewMetrics(r prometheus.Registerer) (*Metrics, error) {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, append([]string{"service"}, labels...))
	}
	m := &Metrics{
		Requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "ticketing_request_duration_seconds", Help: "Time to answer an HTTP request.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"service", "function", "status"}),
		Running: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "ticketing_requests_in_flight", Help: "HTTP requests whose work goes on.",
		}, []string{"service"}),
		Events:    counter("ticketing_events_consumed_total", "Events given to a consumer, by outcome: done, retry, reject, dead or refused.", "function", "outcome"),
		Schedules: counter("ticketing_schedule_runs_total", "Runs of a schedule, by outcome: done or failed.", "function", "outcome"),
		Panics:    counter("ticketing_panics_total", "Panics of handlers, each answered with a 500 or a retry.", "function"),
		Sent:      counter("ticketing_events_sent_total", "Events that the bus took from an outbox.", "type"),
		Missed:    counter("ticketing_events_missed_total", "Times that a consumer came back to a bus which had discarded events that it may not have had.", "function"),
		Security:  counter("ticketing_security_events_total", "Events of the security log, by their names in OWASP's logging vocabulary.", "event"),
		InFlight: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "ticketing_consumer_in_flight", Help: "Events that a consumer handles now.",
		}, []string{"service", "consumer"}),
	}
	for _, c := range []prometheus.Collector{m.Requests, m.Running, m.Events, m.Schedules, m.Panics, m.Sent, m.Missed, m.InFlight, m.Security} {
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

// Traced returns a handler that adds the trace of each record's context.
func Traced(h slog.Handler) slog.Handler { return traced{h} }

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
