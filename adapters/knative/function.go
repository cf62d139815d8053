// Package knative runs a service, or those of its functions that FUNCTIONS names, on Knative: as a function
// (Function, for `func deploy`) or as the container of a Knative Service (Main).
//
// It answers the service's endpoints, and:
//
//	POST /events/{consumer}   a CloudEvent, in binary or structured mode
//	POST /                    a CloudEvent for the only consumer, or else for the only one of its type
//	POST /schedules/{name}    one tick of a schedule, from a PingSource or a CronJob
//	GET  /health              200 while the process lives
//	GET  /api/healthz         200 while the service can work
//
// Its promises: it starts without waiting for what it depends on, and answers 503 with Retry-After until the
// service has started; a panic is a 500 and no dead process; told to stop, it finishes the requests, events
// and ticks under way, and ends within SHUTDOWN_TIMEOUT (func's main has times of its own: 30 s for the
// requests, and then 30 s for Stop).
//
// What it does not do, for its processes come and go: it subscribes to no bus, relays no outbox and has no
// clock. The dispatcher (or a Broker), and a PingSource (or a CronJob), do that for it. Whoever reaches /events
// and /schedules may send to them, so the front of the house must route neither.
package knative

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/gittix/ticketing/adapters/process"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

// probeTimeout is for Ready to ask what the service depends on.
const probeTimeout = 2 * time.Second

var (
	errNotStarted = errors.New("knative: the service has not started yet")
	errStopped    = errors.New("knative: the function is stopping or has stopped")
	errTwice      = errors.New("knative: the function was started before")
)

// Function is a service behind Knative's contract of an instanced function.
type Function struct {
	build  function.New
	closed http.Handler // what answers before Start and after Stop

	mu       sync.Mutex
	running  *instance // nil until Start
	stopping bool
	underWay sync.WaitGroup // the requests
}

// New returns a function that is to be started. It reads and opens nothing yet.
func New(build function.New) *Function {
	never := func() bool { return false }
	unready := func(context.Context) error { return errNotStarted }
	return &Function{build: build, closed: process.Probes(http.NotFoundHandler(), never, unready, slog.New(slog.DiscardHandler))}
}

// Start makes the service from the environment, the secret files and env, which wins where it is not empty, and
// lets it start in the background: whatever ctx becomes, until Stop.
// Errors: settings that are missing or malformed; a second Start, or one after Stop.
func (f *Function) Start(ctx context.Context, env map[string]string) error {
	values, err := config.Load()
	if err != nil {
		return err
	}
	for name, value := range env { // func's main brings the whole environment, where what is empty is not set
		if value != "" {
			values[name] = value
		}
	}
	_, err = f.start(ctx, values)
	return err
}

func (f *Function) start(ctx context.Context, values config.Values) (*instance, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.stopping:
		return nil, errStopped
	case f.running != nil:
		return nil, errTwice
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	var err error
	f.running, err = open(f.build, values, os.Stderr)
	return f.running, err
}

// Handle answers a request. It may be called at any time.
func (f *Function) Handle(w http.ResponseWriter, r *http.Request) {
	running, ok := f.enter()
	if !ok {
		f.closed.ServeHTTP(w, r)
		return
	}
	defer f.underWay.Done()
	running.handler.ServeHTTP(w, r)
}

// enter counts a request, unless the function does not run.
func (f *Function) enter() (*instance, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.running == nil || f.stopping {
		return nil, false
	}
	f.underWay.Add(1)
	return f.running, true
}

// Stop takes no more requests, lets those under way finish, and closes what the service holds. If ctx ends
// before, it returns ctx's error, and leaves what is open to the end of the process.
func (f *Function) Stop(ctx context.Context) error {
	f.mu.Lock()
	again := f.stopping
	f.stopping = true
	running := f.running
	f.mu.Unlock()
	if again || running == nil {
		return nil
	}
	finished := make(chan struct{})
	go func() { f.underWay.Wait(); close(finished) }() // ends with the last request
	select {
	case <-finished:
		return running.close(ctx)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Ready reports whether the service has started and reaches what it depends on. If not, the log says why, and
// no error does: func's main would answer 500 with its text, to anyone.
func (f *Function) Ready(ctx context.Context) (bool, error) {
	running, ok := f.enter()
	if !ok {
		return false, nil
	}
	defer f.underWay.Done()
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	if err := running.worker.Ready(ctx); err != nil {
		running.runner.Log.WarnContext(ctx, "not ready", "error", err)
		return false, nil
	}
	return true, nil
}

// Alive reports that the process lives, whatever it depends on does.
func (f *Function) Alive(context.Context) (bool, error) { return true, nil }
