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

var (
	_ pgx.QueryTracer = spans{}
	_ pgx.BatchTracer = spans{}
)

// operation is what a statement does first, and to which table.
var operation = regexp.MustCompile(`\b(INSERT INTO|DELETE FROM|UPDATE|FROM) (\w+)`)

// TraceQueryStart implements pgx.QueryTracer. The span shows the statement, which holds no values.
func (spans) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	return start(ctx, q.SQL)
}

// TraceQueryEnd implements pgx.QueryTracer.
func (spans) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryEndData) {
	end(ctx, q.Err)
}

// TraceBatchStart implements pgx.BatchTracer. Statements that are sent together have one span.
func (spans) TraceBatchStart(ctx context.Context, _ *pgx.Conn, b pgx.TraceBatchStartData) context.Context {
	statements := make([]string, len(b.Batch.QueuedQueries))
	for i, q := range b.Batch.QueuedQueries {
		statements[i] = q.SQL
	}
	return start(ctx, statements...)
}

// TraceBatchQuery implements pgx.BatchTracer.
func (spans) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd implements pgx.BatchTracer.
func (spans) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, b pgx.TraceBatchEndData) {
	end(ctx, b.Err)
}

func start(ctx context.Context, statements ...string) context.Context {
	caller := trace.SpanFromContext(ctx)
	if !caller.IsRecording() {
		return ctx
	}
	names := make([]string, len(statements))
	for i, s := range statements {
		names[i] = nameOf(s)
	}
	ctx, _ = caller.TracerProvider().Tracer("postgres").Start(ctx, strings.Join(names, ", "), trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(attribute.String("db.system.name", "postgresql"), attribute.String("db.query.text", strings.Join(statements, "; "))))
	return ctx
}

// nameOf is what a statement does, and to which table.
func nameOf(statement string) string {
	name := operation.FindString(statement)
	if strings.HasPrefix(name, "FROM") {
		name = "SELECT " + name
	}
	if name == "" { // begin, commit
		name, _, _ = strings.Cut(strings.ToUpper(statement), " ")
	}
	return name
}

// end ends a span. Where start began none, this one is the caller's, which does not record.
func end(ctx context.Context, err error) {
	span := trace.SpanFromContext(ctx)
	if err != nil && !function.Gone(ctx) {
		span.SetStatus(codes.Error, err.Error())
	}
	span.End()
}
