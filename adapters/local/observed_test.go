package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/tracing/tracingtest"
	"github.com/gittix/ticketing/shared/config"
)

// TestObserved: a purchase and an expiry, as operators see them.
func TestObserved(t *testing.T) {
	t.Parallel()
	collector := tracingtest.Start(t)
	w := start(t, config.Values{"EXPIRATION_ORDER_MINUTES": "0.2", "OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL})
	buyer := w.shopper(t)
	bought, forgotten := w.ordered(t, buyer, "5"), w.ordered(t, buyer, "6")
	w.paid(t, buyer, bought.ID, "tok_visa")
	w.becomes(t, buyer, bought.ID, complete)
	w.becomes(t, buyer, forgotten.ID, cancelled)
	w.holds(t, forgotten.TicketID, 0)

	// The order's own trace goes on until its end, fifteen minutes later if need be.
	w.traced(t, collector, about("order", forgotten.ID), map[string]string{
		"INSERT INTO outbox":       "POST /api/orders",
		"send orders.created":      "POST /api/orders",
		"hold-ticket":              "POST /api/orders",
		"copy-order":               "POST /api/orders",
		"schedule-expiration":      "POST /api/orders",
		"send expiration.complete": "schedule-expiration",
		"expire-order":             "schedule-expiration",
		"UPDATE orders":            "expire-order",
		"send orders.updated":      "expire-order",
	})
	w.traced(t, collector, func(s tracingtest.Span) bool { return s.Name == "stripe confirm" }, map[string]string{
		"stripe prepare": "POST /api/payments",
		"stripe confirm": "POST /api/payments",
	})
	w.traced(t, collector, about("payment", 1), map[string]string{ // it is the webhook's, if that was quicker
		"send payments.created": "POST /api/payments",
		"complete-order":        "POST /api/payments",
		"send orders.updated":   "complete-order",
	})
	w.measured(t,
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
		`ticketing_outbox_unsent{service="tickets"} 0`,
		`ticketing_outbox_unsent{service="orders"} 0`,
		`ticketing_dead_letters{service="payments"} 0`,
		`ticketing_dead_letters{service="expiration"} 0`,
		`ticketing_postgres_connections{service="auth",state="max"} 8`,
	)
}

// about finds the spans of the consumers of an event.
func about(kind string, id int32) func(tracingtest.Span) bool {
	return func(s tracingtest.Span) bool {
		return s.Attributes["cloudevents.event_subject"] == fmt.Sprintf("%s/%d", kind, id)
	}
}

// traced waits until the trace of the spans that are wanted has these spans, each below one whose name begins
// like that, and none below a span that is not there.
func (w *world) traced(t *testing.T, c *tracingtest.Collector, wanted func(tracingtest.Span) bool, below map[string]string) {
	t.Helper()
	w.eventually(t, func(context.Context) error {
		found := c.Spans(wanted)
		if len(found) == 0 {
			return errors.New("no such span")
		}
		names := map[string]string{}
		trace := c.Spans(func(s tracingtest.Span) bool { return s.Trace == found[0].Trace })
		for _, s := range trace {
			names[s.ID] = s.Name
		}
		var missing error
		for name, cause := range below {
			if !slices.ContainsFunc(trace, func(s tracingtest.Span) bool { return s.Name == name && strings.HasPrefix(names[s.Parent], cause) }) {
				missing = errors.Join(missing, fmt.Errorf("no %s below %s", name, cause))
			}
		}
		for _, s := range trace {
			if s.Parent != "" && names[s.Parent] == "" {
				missing = errors.Join(missing, fmt.Errorf("%s hangs in the air", s.Name))
			}
		}
		return missing
	})
}

// measured waits until the system's metrics have these lines.
func (w *world) measured(t *testing.T, lines ...string) {
	t.Helper()
	w.eventually(t, func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, w.URL()+"/metrics", nil)
		if err != nil {
			return err
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		page, err := io.ReadAll(answer.Body)
		for _, line := range lines {
			if err == nil && !strings.Contains(string(page), "\n"+line+"\n") {
				err = fmt.Errorf("status %d, and the metrics lack %s", answer.StatusCode, line)
			}
		}
		return err
	})
}
