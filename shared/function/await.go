package function

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
)

// Awaiting is the debug message of an endpoint that begins to wait for a late copy.
const Awaiting = "waiting for a copy that may be late"

type lateKey struct{}

// Awaits runs the endpoint's function again while it fails with late, for at most a second: what it misses may be on
// its way, in an event that another service has sent and this one has not received yet. A function that fails
// with late must have changed nothing. Raw endpoints do not wait.
func (e Endpoint) Awaits(late *apierror.Error) Endpoint {
	next := e.Handler
	e.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), lateKey{}, error(late))))
	})
	return e
}

// await runs fn, and runs it again as Awaits says. It returns fn's last answer.
func await[In, Out any](ctx context.Context, in In, fn func(context.Context, In) (Out, error)) (Out, error) {
	out, err := fn(ctx, in)
	late, ok := ctx.Value(lateKey{}).(error)
	if !ok || !errors.Is(err, late) {
		return out, err
	}
	if log, ok := ctx.Value(logKey{}).(*slog.Logger); ok {
		log.DebugContext(ctx, Awaiting, "error", err)
	}
	limit, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	for errors.Is(err, late) {
		select {
		case <-limit.Done():
			return out, err
		case <-time.After(50 * time.Millisecond):
			out, err = fn(ctx, in)
		}
	}
	return out, err
}
