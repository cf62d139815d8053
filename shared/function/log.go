package function

import (
	"context"
	"log/slog"
)

// Log returns the log of the endpoint or schedule that runs in ctx, for what its answer does not say. Where none runs, nothing is logged.
func Log(ctx context.Context) *slog.Logger {
	if log, ok := ctx.Value(logKey{}).(*slog.Logger); ok {
		return log
	}
	return slog.New(slog.DiscardHandler)
}
