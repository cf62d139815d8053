package gateway

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

func newDurations() *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "ticketing_stripe_request_duration_seconds",
		Help:    "Time that Stripe took for an operation, its retries included, by outcome: ok, declined, refused, unavailable.",
		Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 20},
	}, []string{"operation", "outcome"})
}

// Durations is the metric of the gateway's calls.
func (g *Gateway) Durations() prometheus.Collector { return g.durations }

// call gives an operation its deadline, and its span in the trace of ctx. end ends both, with the operation's error.
func (g *Gateway) call(ctx context.Context, operation string) (_ context.Context, end func(error)) {
	began := time.Now()
	ctx, span := trace.SpanFromContext(ctx).TracerProvider().Tracer("gateway").Start(ctx, "stripe "+operation, trace.WithSpanKind(trace.SpanKindClient))
	ctx, cancel := context.WithTimeout(ctx, g.timeout)
	return ctx, func(err error) {
		cancel()
		outcome := "refused"
		switch {
		case err == nil:
			outcome = "ok"
		case errors.Is(err, ErrDeclined):
			outcome = "declined"
		case errors.Is(err, ErrUnavailable):
			outcome = "unavailable"
		}
		g.durations.WithLabelValues(operation, outcome).Observe(time.Since(began).Seconds())
		span.SetAttributes(attribute.String("outcome", outcome))
		if err != nil {
			span.SetStatus(codes.Error, err.Error()) // which quotes nothing: see the package's promise
		}
		span.End()
	}
}
