// Package tracing sends the spans of a process to a collector, to the standard output, or nowhere.
//
// Its promises: no handler waits for the collector or fails with it; at most 2048 spans wait to be sent, more are
// lost; what could not be sent is lost, and the log says so. Without a collector traces have their ids all the
// same, for the logs, and are passed on to the services that are called.
//
// It is a package of its own because a Lambda function does not use it: the exporter is a megabyte of a binary.
package tracing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/gittix/ticketing/shared/telemetry"
)

// Settings have the names and meanings that OpenTelemetry gives them. What it names besides (OTEL_TRACES_SAMPLER,
// OTEL_EXPORTER_OTLP_HEADERS, OTEL_BSP_… and others) its SDK reads from the environment.
type Settings struct {
	Endpoint string `env:"OTEL_EXPORTER_OTLP_ENDPOINT"` // http://collector:4318
	Exporter string `env:"OTEL_TRACES_EXPORTER"`        // otlp, console or none; empty: otlp if there is an endpoint
	Service  string `env:"OTEL_SERVICE_NAME"`           // empty: the service's name
}

const stopWithin = 3 * time.Second

// Traces is the tracer of a process, until Stop.
type Traces struct {
	trace.Tracer
	provider *sdktrace.TracerProvider // nil: nothing is recorded
	log      *slog.Logger
}

// Open returns the tracer of a process. It does not connect. Errors: settings that are malformed.
func Open(service string, s Settings, log *slog.Logger) (*Traces, error) {
	export, err := s.export(log)
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	if export == nil {
		return &Traces{Tracer: telemetry.Unrecorded{}}, nil
	}
	name := resource.NewSchemaless(attribute.String("service.name", cmp.Or(s.Service, service)))
	about, err := resource.Merge(resource.Default(), name)
	if err != nil {
		return nil, fmt.Errorf("tracing: %w", err)
	}
	provider := sdktrace.NewTracerProvider(append(export, sdktrace.WithResource(about))...)
	return &Traces{Tracer: provider.Tracer(service), provider: provider, log: log}, nil
}

// export returns the options that send spans where the settings say; nil: nowhere.
func (s Settings) export(log *slog.Logger) ([]sdktrace.TracerProviderOption, error) {
	switch {
	case s.Exporter == "none", s.Exporter == "" && s.Endpoint == "":
		return nil, nil
	case s.Exporter == "console":
		exporter, err := stdouttrace.New(stdouttrace.WithWriter(os.Stdout))
		return []sdktrace.TracerProviderOption{sdktrace.WithSyncer(exporter)}, err
	case s.Exporter != "" && s.Exporter != "otlp":
		return nil, errors.New("OTEL_TRACES_EXPORTER is neither otlp nor console nor none")
	}
	u, err := url.Parse(s.Endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("OTEL_EXPORTER_OTLP_ENDPOINT is not an http:// or https:// URL") // err may hold a password
	}
	exporter, err := otlptracehttp.New(context.Background(), otlptracehttp.WithEndpointURL(u.JoinPath("v1/traces").String()))
	return []sdktrace.TracerProviderOption{sdktrace.WithBatcher(logged{exporter, log})}, err
}

// logged is an exporter that logs its failures.
type logged struct {
	sdktrace.SpanExporter
	log *slog.Logger
}

func (t logged) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if err := t.SpanExporter.ExportSpans(ctx, spans); err != nil {
		t.log.WarnContext(ctx, "spans are lost", "spans", len(spans), "error", err)
	}
	return nil
}

// Stop sends the spans that wait, for at most three seconds, or until ctx ends. What is left then is lost.
func (t *Traces) Stop(ctx context.Context) {
	if t.provider == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, stopWithin)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		t.log.WarnContext(ctx, "spans are lost at the end", "error", err)
	}
}
