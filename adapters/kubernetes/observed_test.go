package kubernetes

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/chaos/shopper"
	"github.com/gittix/ticketing/adapters/tracing/tracingtest"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
)

// shows waits until the metrics have these lines, and none that begins as one of those.
func shows(t *testing.T, p *deployment, lines []string, without ...string) {
	t.Helper()
	if err := shopper.Await(t.Context(), patience, func(ctx context.Context) error {
		answer, page, err := request(ctx, http.MethodGet, p.metrics.URL()+"/metrics")
		if err == nil && answer.StatusCode != http.StatusOK {
			err = fmt.Errorf("status %d: %s", answer.StatusCode, page)
		}
		for _, line := range lines {
			if err == nil && !strings.Contains(page, "\n"+line+"\n") {
				err = fmt.Errorf("the metrics lack %s", line)
			}
		}
		for _, name := range without {
			if err == nil && strings.Contains(page, "\n"+name) {
				err = fmt.Errorf("the metrics have %s", name)
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// TestMetrics: what a process does is counted, and what its database says is asked for, while it can be asked.
func TestMetrics(t *testing.T) {
	t.Parallel()
	database := pgtest.Server(t)
	p := started(t, newEcho(t, database.URL("postgres")).service(), config.Values{"BUS_URL": newBus(t).URL()})
	becomes(t, p, http.StatusOK)
	answers(t, http.MethodPost, p.api.URL()+"/say", http.StatusOK, "1")
	shows(t, p, []string{
		`ticketing_events_sent_total{service="echo",type="tickets.created"} 1`,
		`ticketing_events_consumed_total{function="hear",outcome="done",service="echo"} 1`,
		`ticketing_consumer_in_flight{consumer="hear",service="echo"} 0`,
		`ticketing_outbox_unsent{service="echo"} 0`,
		`ticketing_outbox_oldest_age_seconds{service="echo"} 0`,
		`ticketing_dead_letters{service="echo"} 0`,
		`ticketing_postgres_connections{service="echo",state="max"} 10`,
	})
	if err := database.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	shows(t, p, []string{
		`ticketing_events_sent_total{service="echo",type="tickets.created"} 1`,
		`ticketing_postgres_connections{service="echo",state="max"} 10`,
	}, "ticketing_outbox", "ticketing_dead_letters")
	if err := database.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	shows(t, p, []string{`ticketing_outbox_unsent{service="echo"} 0`})
}

// TestTraces: an event stays in the trace of the request that caused it, from the outbox to the consumer.
// What was not sent yet leaves at the stop.
func TestTraces(t *testing.T) {
	t.Parallel()
	collector := tracingtest.Start(t)
	e := newEcho(t, pgtest.Database(t))
	p := started(t, e.service(), config.Values{"BUS_URL": newBus(t).URL(), "OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL})
	becomes(t, p, http.StatusOK)
	answers(t, http.MethodPost, p.api.URL()+"/say", http.StatusOK, "1")
	if err := <-e.heardToTheEnd; err != nil {
		t.Fatal(err)
	}
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	requests := collector.Spans(func(s tracingtest.Span) bool { return s.Name == "POST /say" })
	if len(requests) != 1 {
		t.Fatalf("%d spans of one request", len(requests))
	}
	for _, name := range []string{"INSERT INTO outbox", "send tickets.created", "hear"} {
		spans := collector.Spans(func(s tracingtest.Span) bool { return s.Name == name && s.Parent == requests[0].ID })
		if len(spans) != 1 || spans[0].Trace != requests[0].Trace || spans[0].Service != "echo" || spans[0].Ended.Before(spans[0].Started) {
			t.Errorf("%s: %+v", name, spans)
		}
	}
}
