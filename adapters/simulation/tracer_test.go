package simulation

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// tracer is the trace of every process. The services start a span before each statement, and so a task stops there.
type tracer struct{ noop.Tracer }

// span is one of a task's.
type span struct {
	noop.Span
	task *task
}

// Start implements trace.Tracer.
func (tracer) Start(ctx context.Context, name string, options ...trace.SpanStartOption) (context.Context, trace.Span) {
	t := running(ctx)
	s := span{task: t}
	c := trace.NewSpanStartConfig(options...)
	statement := false
	for _, a := range c.Attributes() {
		statement = statement || a.Key == "db.query.text"
	}
	if t != nil && statement {
		if _, err := t.reach(name, lost); err != nil {
			lost, cancel := context.WithCancelCause(ctx)
			cancel(err)
			ctx = lost // the statement is not sent
		}
	}
	return trace.ContextWithSpan(ctx, s), s
}

func (s span) IsRecording() bool                    { return true }
func (s span) TracerProvider() trace.TracerProvider { return provider{} }
func (s span) SetAttributes(...attribute.KeyValue)  {}

// SetStatus notices statements that a lock has stopped.
func (s span) SetStatus(_ codes.Code, description string) {
	if s.task != nil && strings.Contains(description, "55P03") {
		s.task.locked.Add(1)
	}
}

type provider struct{ noop.TracerProvider }

// Tracer implements trace.TracerProvider.
func (provider) Tracer(string, ...trace.TracerOption) trace.Tracer { return tracer{} }
