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
	for service, settings := range map[string]tracing.Settings{"orders": {}, "shop": {Service: "shop", Exporter: "otlp"}} {
		collector := tracingtest.Start(t)
		settings.Endpoint = collector.URL
		traces, err := tracing.Open("orders", settings, quiet)
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
		if child.Name != "child" || child.Parent != parent.ID || child.Trace != parent.Trace || parent.Parent != "" || child.Service != service {
			t.Errorf("%+v", spans)
		}
	}
}

func TestTracesHaveIDsWithoutACollector(t *testing.T) {
	t.Parallel()
	for _, settings := range []tracing.Settings{{}, {Exporter: "none", Endpoint: "http://127.0.0.1:1"}} {
		traces, err := tracing.Open("orders", settings, quiet)
		if err != nil {
			t.Fatal(err)
		}
		_, span := traces.Start(t.Context(), "x")
		if !span.SpanContext().IsValid() || span.IsRecording() {
			t.Errorf("%+v: no ids, or more than ids", settings)
		}
		span.End()
		traces.Stop(t.Context())
	}
}

// TestACollectorThatIsAway: handlers go on, the log says what is lost, and the process still ends.
func TestACollectorThatIsAway(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		if strings.HasPrefix(r.URL.Path, "/hangs") {
			<-gate
		}
	}))
	t.Cleanup(collector.Close)
	t.Cleanup(func() { close(gate) })
	for _, path := range []string{"/refuses", "/hangs"} {
		log := newFile(t)
		traces, err := tracing.Open("orders", tracing.Settings{Endpoint: collector.URL + path}, slog.New(slog.NewTextHandler(log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		family(traces)
		traces.Stop(t.Context())
		if written := read(t, log); !strings.Contains(written, "spans are lost") {
			t.Errorf("%s: logged %q", path, written)
		}
	}
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
	if printed := read(t, out); !strings.Contains(printed, `"child"`) || !strings.Contains(printed, `"orders"`) {
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

func read(t *testing.T, file *os.File) string {
	t.Helper()
	b, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
