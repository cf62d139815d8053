package tracing_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/trace"

	"github.com/gittix/ticketing/adapters/tracing"
	"github.com/gittix/ticketing/adapters/tracing/tracingtest"
)

var quiet = slog.New(slog.DiscardHandler)

// family starts and ends a span and a child of it.
func family(tracer trace.Tracer) {
	ctx, parent := tracer.Start(context.Background(), "parent")
	_, child := tracer.Start(ctx, "child")
	child.End()
	parent.End()
}

func TestSpansReachTheCollector(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		settings tracing.Settings
		service  string
	}{
		"the service's name": {tracing.Settings{}, "orders"},
		"another name":       {tracing.Settings{Service: "shop", Exporter: "otlp"}, "shop"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			collector := tracingtest.Start(t)
			c.settings.Endpoint = collector.URL
			traces, err := tracing.Open("orders", c.settings, quiet)
			if err != nil {
				t.Fatal(err)
			}
			family(traces)
			traces.Stop(t.Context()) // sends what waits
			spans := collector.Spans(func(tracingtest.Span) bool { return true })
			if len(spans) != 2 {
				t.Fatalf("%d spans", len(spans))
			}
			child, parent := spans[0], spans[1]
			if child.Name != "child" || child.Parent != parent.ID || child.Trace != parent.Trace || parent.Parent != "" || child.Service != c.service {
				t.Errorf("%+v", spans)
			}
		})
	}
}

func TestTracesHaveIDsWithoutACollector(t *testing.T) {
	t.Parallel()
	for _, exporter := range []string{"", "none"} {
		s := tracing.Settings{Exporter: exporter}
		if exporter == "none" {
			s.Endpoint = "http://127.0.0.1:1"
		}
		traces, err := tracing.Open("orders", s, quiet)
		if err != nil {
			t.Fatal(err)
		}
		_, span := traces.Start(t.Context(), "x")
		if !span.SpanContext().IsValid() {
			t.Errorf("%q: no ids", exporter)
		}
		span.End()
		traces.Stop(t.Context())
	}
}

// TestACollectorThatIsAway: handlers go on, the log says what is lost, and the end comes all the same.
func TestACollectorThatIsAway(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-gate }))
	t.Cleanup(hanging.Close)
	t.Cleanup(func() { close(gate) })
	for name, address := range map[string]string{"refuses": refusing(t), "hangs": hanging.URL} {
		t.Run(name, func(t *testing.T) {
			log := newFile(t)
			traces, err := tracing.Open("orders", tracing.Settings{Endpoint: address}, slog.New(slog.NewTextHandler(log, nil)))
			if err != nil {
				t.Fatal(err)
			}
			family(traces)
			traces.Stop(t.Context())
			if said := written(t, log); !strings.Contains(said, "spans are lost") {
				t.Errorf("logged %q", said)
			}
		})
	}
}

// refusing is the URL of a collector that takes nothing.
func refusing(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	t.Cleanup(server.Close)
	return server.URL
}

func TestSettingsThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]tracing.Settings{
		"OTEL_TRACES_EXPORTER":        {Exporter: "zipkin"},
		"OTEL_EXPORTER_OTLP_ENDPOINT": {Endpoint: "user:s3cret@collector:4318"},
		"_OTLP_ENDPOINT":              {Exporter: "otlp"},
		"OTLP_ENDPOINT":               {Endpoint: "grpc://:s3cret@collector:4317"},
	} {
		if _, err := tracing.Open("orders", c, quiet); err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestConsole is not parallel: the standard output is one.
func TestConsole(t *testing.T) {
	out := newFile(t)
	stdout := os.Stdout
	os.Stdout = out
	defer func() { os.Stdout = stdout }()
	traces, err := tracing.Open("orders", tracing.Settings{Exporter: "console", Endpoint: "http://127.0.0.1:1"}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	family(traces)
	traces.Stop(t.Context())
	if printed := written(t, out); !strings.Contains(printed, `"child"`) || !strings.Contains(printed, `"orders"`) {
		t.Errorf("printed %s", printed)
	}
}

// newFile returns one that several goroutines may write while the test reads.
func newFile(t *testing.T) *os.File {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return file
}

func written(t *testing.T, file *os.File) string {
	t.Helper()
	b, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
