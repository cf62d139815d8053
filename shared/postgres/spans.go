package postgres

import (
	"context"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/gittix/ticketing/shared/function"
)

// spans gives each statement of a recorded trace a span. Statements outside of a trace, such as the relay's, have none.
type spans struct{}

var _ pgx.QueryTracer = spans{}

// operation is what a statement does first, and to which table.
var operation = regexp.MustCompile(`\b(INSERT INTO|DELETE FROM|UPDATE|FROM) (\w+)`)

// TraceQueryStart implements pgx.QueryTracer. The span shows the statement, which holds no values.
func (spans) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	caller := trace.SpanFromContext(ctx)
	if !caller.IsRecording() {
		return ctx
	}
	name := operation.FindString(q.SQL)
	if strings.HasPrefix(name, "FROM") {
		name = "SELECT " + name
	}
	if name == "" { // begin, commit
		name, _, _ = strings.Cut(strings.ToUpper(q.SQL), " ")
	}
	ctx, _ = caller.TracerProvider().Tracer("postgres").Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(attribute.String("db.system.name", "postgresql"), attribute.String("db.query.text", q.SQL)))
	return ctx
}

// TraceQueryEnd implements pgx.QueryTracer. Where TraceQueryStart started no span, this one is the caller's, which does
// not record.
func (spans) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryEndData) {
	span := trace.SpanFromContext(ctx)
	if q.Err != nil && !function.Gone(ctx) {
		span.SetStatus(codes.Error, q.Err.Error())
	}
	span.End()
}
