package telemetry_test

import (
	"testing"

	"go.opentelemetry.io/otel/trace"

	"github.com/gittix/ticketing/shared/telemetry"
)

// TestUnrecorded: spans have ids of their own in one trace, and keep what the caller says of sampling.
func TestUnrecorded(t *testing.T) {
	t.Parallel()
	var tracer telemetry.Unrecorded
	ctx, parent := tracer.Start(t.Context(), "parent")
	_, child := tracer.Start(ctx, "child")
	p, c := parent.SpanContext(), child.SpanContext()
	if !p.IsValid() || !p.IsSampled() || !c.IsValid() || c.TraceID() != p.TraceID() || c.SpanID() == p.SpanID() || parent.IsRecording() {
		t.Errorf("parent %+v, child %+v", p, c)
	}
	_, unsampled := tracer.Start(trace.ContextWithRemoteSpanContext(t.Context(), p.WithTraceFlags(0)), "of a caller")
	if s := unsampled.SpanContext(); s.IsSampled() || s.TraceID() != p.TraceID() || s.IsRemote() {
		t.Errorf("of a caller: %+v", s)
	}
}
