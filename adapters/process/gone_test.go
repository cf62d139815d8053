package process

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/function"
)

// TestTraceOfAClientThatWentAway: its span is no error, and says why it ended; that of a service that is away is one.
func TestTraceOfAClientThatWentAway(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewSpanRecorder()
	_, metrics, err := NewMetrics()
	if err != nil {
		t.Fatal(err)
	}
	runner := function.Runner{
		Log: slog.New(slog.DiscardHandler), Metrics: metrics, Timeout: time.Minute,
		Tracer: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)).Tracer(""),
	}
	away := func(context.Context, function.None) (function.None, error) {
		return function.None{}, apierror.Unavailable(nil)
	}
	h := runner.Handler(function.Service{Name: "test", Endpoints: []function.Endpoint{function.GET("away", "/", away)}})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, ctx := range []context.Context{gone, t.Context()} {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/", http.NoBody))
	}
	for i, want := range []struct {
		status int
		code   codes.Code
		events int
	}{{499, codes.Unset, 0}, {503, codes.Error, 1}} {
		span := spans.Ended()[i]
		var status int64
		for _, a := range span.Attributes() {
			if a.Key == attribute.Key("http.response.status_code") {
				status = a.Value.AsInt64()
			}
		}
		if status != int64(want.status) || span.Status().Code != want.code || len(span.Events()) != want.events {
			t.Errorf("%d %v %v, want %+v", status, span.Status(), span.Events(), want)
		}
	}
}
