package knative

import (
	"testing"

	"github.com/gittix/ticketing/adapters/tracing/tracingtest"
	"github.com/gittix/ticketing/shared/config"
)

// TestTraces: what a process has not sent yet leaves at its stop, for Knative may scale it to zero at any time.
func TestTraces(t *testing.T) {
	t.Parallel()
	collector := tracingtest.Start(t)
	c, err := start(new(stage).build, config.Values{
		"PORT": "0", "METRICS_PORT": "0", "LOG_LEVEL": "ERROR+9", "OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL,
	})
	if err != nil {
		t.Fatal(err)
	}
	isReady(t, c.function)
	status := post(t.Context(), transport(t, http1()), c.server.URL()+"/sing")
	if err := c.stop(); err != nil || status != "200" {
		t.Errorf("status %s, stop: %v", status, err)
	}
	if spans := collector.Spans(func(s tracingtest.Span) bool { return s.Name == "POST /sing" && s.Service == "stage" }); len(spans) != 1 {
		t.Errorf("%d spans of one request", len(spans))
	}
}
