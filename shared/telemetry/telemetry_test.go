package telemetry_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"github.com/gittix/ticketing/shared/telemetry"
)

func TestMetrics(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	m, err := telemetry.NewMetrics(registry)
	if err != nil {
		t.Fatal(err)
	}
	m.Requests.WithLabelValues("s", "f", "200").Observe(0.1)
	m.Events.WithLabelValues("s", "f", "done").Inc()
	m.Schedules.WithLabelValues("s", "f", "failed").Inc()
	m.Panics.WithLabelValues("s", "f").Inc()
	m.Sent.WithLabelValues("s", "tickets.created").Inc()
	m.InFlight.WithLabelValues("s", "f").Inc()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range families {
		names = append(names, f.GetName())
	}
	const want = "ticketing_consumer_in_flight ticketing_events_consumed_total ticketing_events_sent_total ticketing_panics_total ticketing_request_duration_seconds ticketing_schedule_runs_total"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if _, err := telemetry.NewMetrics(registry); err == nil {
		t.Error("registered twice")
	}
}

func TestLogsCarryTheTrace(t *testing.T) {
	t.Parallel()
	span := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})
	ctx := trace.ContextWithSpanContext(t.Context(), span)
	var out bytes.Buffer
	log := telemetry.NewLogger(&out, slog.LevelInfo, false).With("service", "tickets")
	log.DebugContext(ctx, "too quiet")
	log.InfoContext(ctx, "traced")
	log.Info("untraced")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 {
		t.Fatalf("%d lines: %s", len(lines), out.String())
	}
	var first, second map[string]string
	for line, record := range map[string]*map[string]string{lines[0]: &first, lines[1]: &second} {
		if err := json.Unmarshal([]byte(line), record); err != nil {
			t.Fatal(err)
		}
	}
	if first["trace_id"] != span.TraceID().String() || first["span_id"] != span.SpanID().String() || first["service"] != "tickets" || first["msg"] != "traced" {
		t.Errorf("record %v", first)
	}
	if second["trace_id"] != "" {
		t.Errorf("a trace of nothing: %v", second)
	}
	out.Reset()
	telemetry.NewLogger(&out, slog.LevelInfo, true).InfoContext(ctx, "as text")
	if !strings.Contains(out.String(), `msg="as text" trace_id=`+span.TraceID().String()) {
		t.Error(out.String())
	}
}
