package function

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/gittix/ticketing/shared/apierror"
)

// Awaiting is the debug message of an endpoint that begins to wait for a late copy.
const Awaiting = "waiting for a copy that may be late"

// Copies are what a service copies from another's events.
type Copies interface {
	// Await waits for a copy that is missing, and reports whether it has come: at once where none can be on its way.
	Await(ctx context.Context, id int32) bool
}

// Copied is a request that needs a copy: it names its id.
type Copied interface{ CopyID() int32 }

type lateKey struct{}

type late struct {
	err    error
	copies Copies
}

// Awaits runs the endpoint's function once more where it fails with err, a copy being missing, and that copy comes: it may be
// on its way, in an event that another service has sent and this one has not received yet. The request is Copied. A function that
// fails with err must have changed nothing. Raw endpoints do not wait.
func (e Endpoint) Awaits(err *apierror.Error, copies Copies) Endpoint {
	next := e.Handler
	e.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), lateKey{}, late{err, copies})))
	})
	return e
}

// await runs fn, and runs it again as Awaits says. It returns fn's last answer.
func await[In, Out any](ctx context.Context, in In, fn func(context.Context, In) (Out, error)) (Out, error) {
	out, err := fn(ctx, in)
	late, ok := ctx.Value(lateKey{}).(late)
	if !ok || !errors.Is(err, late.err) {
		return out, err
	}
	if log, ok := ctx.Value(logKey{}).(*slog.Logger); ok {
		log.DebugContext(ctx, Awaiting, "error", err)
	}
	if copied, ok := any(in).(Copied); ok && late.copies.Await(ctx, copied.CopyID()) {
		return fn(ctx, in)
	}
	return out, err
}
