package local_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/adapters/tracing/tracingtest"
	"github.com/gittix/ticketing/shared/config"
)

// TestObserved: a purchase and an expiry, as operators see them.
func TestObserved(t *testing.T) {
	t.Parallel()
	collector := tracingtest.Start(t)
	s := systemtest.Local(t, systemtest.NATSStreaming, config.Values{"EXPIRATION_ORDER_MINUTES": "0.1", "OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL})
	s.Purchase(t, s.User(t), func() {})
	s.Expiry(t, s.User(t))
	s.Eventually(t, "traces", func(context.Context) error {
		return below(collector, [][2]string{ // a span, and what its cause begins with
			{"INSERT INTO outbox, COMMIT", "POST /api/orders"},
			{"send orders.created", "POST /api/orders"},
			{"hold-ticket", "POST /api/orders"},
			{"copy-order", "POST /api/orders"},
			{"schedule-expiration", "POST /api/orders"},
			{"send expiration.complete", "schedule-expiration"}, // fifteen minutes later if need be
			{"expire-order", "schedule-expiration"},
			{"UPDATE orders", "expire-order"},
			{"send orders.updated", "expire-order"},
			{"stripe prepare", "POST /api/payments"},
			{"stripe confirm", "POST /api/payments"},
			{"send payments.created", "POST /api/payments"}, // or the webhook, if that was quicker
			{"complete-order", "POST /api/payments"},
			{"send orders.updated", "complete-order"},
		})
	})
	s.Eventually(t, "metrics", func(ctx context.Context) error {
		_, page, err := s.Visitor().Send(ctx, "GET", "/metrics", "", nil)
		for _, line := range []string{
			`ticketing_orders_total{outcome="created",service="orders"} 2`,
			`ticketing_orders_total{outcome="completed",service="orders"} 1`,
			`ticketing_orders_total{outcome="expired",service="orders"} 1`,
			`ticketing_expiration_lateness_seconds_count{service="orders"} 1`,
			`ticketing_reservations_open{service="orders"} 0`,
			`ticketing_expiration_pending{service="expiration"} 0`,
			`ticketing_payments_total{outcome="succeeded",service="payments"} 1`,
			`ticketing_stripe_request_duration_seconds_count{operation="confirm",outcome="ok",service="payments"} 1`,
			`ticketing_events_sent_total{service="expiration",type="expiration.complete"} 1`,
			`ticketing_events_consumed_total{function="expire-order",outcome="done",service="orders"} 1`,
			`ticketing_outbox_unsent{service="orders"} 0`,
			`ticketing_dead_letters{service="payments"} 0`,
		} {
			if !strings.Contains(string(page), "\n"+line+"\n") {
				err = errors.Join(err, fmt.Errorf("no %s", line))
			}
		}
		return err
	})
}

// below returns nil if there are such spans, each below its cause in the same trace, and none without its parent.
func below(c *tracingtest.Collector, pairs [][2]string) (err error) {
	spans := c.Spans(func(tracingtest.Span) bool { return true })
	parents := map[string]string{} // names, by trace and id
	for _, s := range spans {
		parents[s.Trace+s.ID] = s.Name
	}
	for _, p := range pairs {
		if !slices.ContainsFunc(spans, func(s tracingtest.Span) bool {
			return s.Name == p[0] && strings.HasPrefix(parents[s.Trace+s.Parent], p[1])
		}) {
			err = errors.Join(err, fmt.Errorf("no %s below %s", p[0], p[1]))
		}
	}
	for _, s := range spans {
		if s.Parent != "" && parents[s.Trace+s.Parent] == "" {
			err = errors.Join(err, fmt.Errorf("%s has no parent", s.Name))
		}
	}
	return err
}
