package lambda

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/trace"
)

// traced returns ctx in the trace of the invocation, which Lambda names as X-Ray does. A request or event
// with a traceparent of its own goes on with that.
func traced(ctx context.Context) context.Context {
	header, _ := ctx.Value("x-amzn-trace-id").(string) // aws-lambda-go's key
	var c trace.SpanContextConfig
	for part := range strings.SplitSeq(header, ";") {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "Root": // 1-5759e988-bd862e3fe1be46a994272793
			c.TraceID, _ = trace.TraceIDFromHex(strings.ReplaceAll(strings.TrimPrefix(value, "1-"), "-", "")) // else it stays invalid
		case "Parent":
			c.SpanID, _ = trace.SpanIDFromHex(value) // else it stays invalid
		case "Sampled":
			c.TraceFlags = c.TraceFlags.WithSampled(value == "1")
		}
	}
	return trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(c))
}
