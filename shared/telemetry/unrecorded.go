package telemetry

import (
	"context"
	"encoding/binary"
	"math/rand/v2"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/embedded"
)

// Unrecorded is a tracer for where nothing exports spans: it records none. Traces have their ids all the same, for logs
// and for the services that are called, and what a caller says of sampling is passed on.
type Unrecorded struct{ embedded.Tracer }

var _ trace.Tracer = Unrecorded{}

// Start returns a span that has an id, in the trace of ctx or in a new one.
func (Unrecorded) Start(ctx context.Context, _ string, _ ...trace.SpanStartOption) (context.Context, trace.Span) {
	parent := trace.SpanContextFromContext(ctx)
	c := trace.SpanContextConfig{TraceID: parent.TraceID(), TraceFlags: parent.TraceFlags(), TraceState: parent.TraceState()}
	if !parent.HasTraceID() {
		c.TraceFlags = trace.FlagsSampled
		binary.NativeEndian.PutUint64(c.TraceID[:8], rand.Uint64())
		binary.NativeEndian.PutUint64(c.TraceID[8:], rand.Uint64()|1) // never 0, which is no id
	}
	binary.NativeEndian.PutUint64(c.SpanID[:], rand.Uint64()|1)
	ctx = trace.ContextWithSpanContext(ctx, trace.NewSpanContext(c))
	return ctx, trace.SpanFromContext(ctx)
}
