// Package jsonlog writes logs as Lambda writes its own.
//
// Its promise: each record is a line of JSON with timestamp, by which Lambda takes a line's level as it is said (without, it takes
// INFO, and its filter may drop the line), with level, and with the requestId of the invocation that it belongs to.
package jsonlog

import (
	"context"
	"io"
	"log/slog"
	"sync/atomic"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/gittix/ticketing/shared/telemetry"
)

// New returns a logger. A line that is written without the context of an invocation has the id of the one that runs: a string, or
// nothing.
func New(w io.Writer, level slog.Leveler, running *atomic.Value) *slog.Logger {
	handler := slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey && len(groups) == 0 {
			a.Key = "timestamp"
		}
		return a
	}})
	return slog.New(telemetry.Traced(identified{handler, running}))
}

// identified adds requestId to records.
type identified struct {
	slog.Handler
	running *atomic.Value // string
}

func (i identified) Handle(ctx context.Context, r slog.Record) error {
	id, _ := i.running.Load().(string)
	if c, ok := lambdacontext.FromContext(ctx); ok {
		id = c.AwsRequestID
	}
	if id != "" {
		r.AddAttrs(slog.String("requestId", id))
	}
	return i.Handler.Handle(ctx, r)
}

func (i identified) WithAttrs(attrs []slog.Attr) slog.Handler {
	return identified{i.Handler.WithAttrs(attrs), i.running}
}

func (i identified) WithGroup(name string) slog.Handler {
	return identified{i.Handler.WithGroup(name), i.running}
}
