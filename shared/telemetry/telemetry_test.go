package telemetry_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"github.com/gittix/ticketing/shared/telemetry"
)

// scrape lists what a scrape sees, such as "size{a}=1", with a series' labels in the order of their names.
func scrape(t *testing.T, registry *prometheus.Registry) (seen []string) {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetValue())
			}
			n := m.GetGauge().GetValue() + m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
			seen = append(seen, fmt.Sprintf("%s{%s}=%v", f.GetName(), strings.Join(labels, " "), n))
		}
	}
	return seen
}

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
	want := []string{
		"ticketing_consumer_in_flight{f s}=1", "ticketing_events_consumed_total{f done s}=1", "ticketing_events_sent_total{s tickets.created}=1",
		"ticketing_panics_total{f s}=1", "ticketing_request_duration_seconds{f s 200}=1", "ticketing_schedule_runs_total{f failed s}=1",
	}
	if got := scrape(t, registry); !slices.Equal(got, want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if _, err := telemetry.NewMetrics(registry); err == nil {
		t.Error("registered twice")
	}
}

func TestServicesOwnMetrics(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	var away error
	err := errors.Join(
		telemetry.Register(registry, "a", telemetry.Outcomes("ends", "What became of things", "good", "bad"),
			telemetry.Asked(func(context.Context) ([]float64, error) { return []float64{1, 2}, away },
				telemetry.Gauge{Name: "size", Help: "s"}, telemetry.Gauge{Name: "weight", Help: "w"})),
		telemetry.Register(registry, "b", telemetry.DeadLetters(func(context.Context) (int64, error) { return 3, nil })),
		telemetry.Register(registry, "c", telemetry.DeadLetters(func(ctx context.Context) (int64, error) { // a database that does not answer
			<-ctx.Done()
			return 0, ctx.Err()
		})),
	)
	if err != nil {
		t.Fatal(err)
	}
	rest := []string{"ends{bad a}=0", "ends{good a}=0", "ticketing_dead_letters{b}=3"}
	if seen, want := scrape(t, registry), []string{rest[0], rest[1], "size{a}=1", rest[2], "weight{a}=2"}; !slices.Equal(seen, want) {
		t.Errorf("%v, want %v", seen, want)
	}
	away = errors.New("away")
	if seen := scrape(t, registry); !slices.Equal(seen, rest) {
		t.Errorf("while a is unavailable: %v, want %v", seen, rest)
	}
	if err := telemetry.Register(registry, "b", telemetry.DeadLetters(nil)); err == nil {
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
	telemetry.NewLogger(&out, slog.LevelInfo, true).InfoContext(ctx, "as text")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	id := span.TraceID().String()
	for i, want := range []string{`"msg":"traced","service":"tickets","trace_id":"` + id + `","span_id":"0200000000000000"}`, `"msg":"untraced","service":"tickets"}`, `msg="as text" trace_id=` + id} {
		if len(lines) != 3 || !strings.Contains(lines[i], want) {
			t.Errorf("want %s in\n%s", want, out.String())
		}
	}
}
