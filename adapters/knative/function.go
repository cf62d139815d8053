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
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/telemetry"
)

// probeTimeout is for Ready to ask what the service depends on.
const probeTimeout = 2 * time.Second

var (
	errClosed  = errors.New("knative: the function is not started, or it is stopped")
	errStopped = errors.New("knative: the function is stopping or has stopped")
	errTwice   = errors.New("knative: the function was started before")
)

// Function is a service behind Knative's contract of an instanced function.
type Function struct {
	build  function.New
	closed http.Handler // answers before Start and after Stop

	mu       sync.Mutex
	host     *process.Host // nil until Start
	handler  http.Handler
	stopped  bool
	underWay sync.WaitGroup // the requests
}

// New returns a function that is to be started. It reads and opens nothing yet.
func New(build function.New) *Function {
	refuse := func(w http.ResponseWriter, _ *http.Request) { apierror.Write(w, apierror.Unavailable(errClosed)) }
	unready := func(context.Context) error { return errClosed }
	closed := process.Probes(http.HandlerFunc(refuse), unready, slog.New(slog.DiscardHandler))
	return &Function{build: build, closed: function.Runner{}.Edge(closed)}
}

// Start makes the service from the environment, the secret files and env, which wins where it is not empty, and
// lets it start in the background, until Stop: the end of ctx does not matter.
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
	if ctx.Err() != nil {
		return ctx.Err()
	}
	host, err := f.open(values)
	if err != nil {
		return err
	}
	return host.Start(ctx)
}

// open makes the service, and a host for what it needs of a process: one that comes and goes consumes, relays and schedules nothing.
func (f *Function) open(values config.Values) (*process.Host, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.stopped:
		return nil, errStopped
	case f.host != nil:
		return nil, errTwice
	}
	settings, err := config.Parse[Settings](values)
	if err != nil {
		return nil, err
	}
	service, err := function.Open(f.build, values, settings.Names()...)
	if err != nil {
		return nil, err
	}
	log := telemetry.NewLogger(os.Stderr, settings.LogLevel, settings.LogText)
	asleep := service
	asleep.Consumers, asleep.Schedules, asleep.Outbox = nil, nil, nil
	host, err := process.Open(process.New(settings.ShutdownTimeout, log), service.Name, settings.process(), asleep)
	if err != nil {
		return nil, err
	}
	host.Add("service", host.Work)
	host.Add("requests", func(context.Context) (process.Stop, error) { return f.drain, nil })
	f.host, f.handler = host, host.Runner.Edge(host.Probes(receiver{service, host.Runner, settings.GiveUp}.routes()))
	return host, nil
}

// Handle answers a request. It may be called at any time.
func (f *Function) Handle(w http.ResponseWriter, r *http.Request) {
	if !f.enter() {
		f.closed.ServeHTTP(w, r)
		return
	}
	defer f.underWay.Done()
	f.handler.ServeHTTP(w, r)
}

// enter counts a request, unless the function does not run.
func (f *Function) enter() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.host == nil || f.stopped {
		return false
	}
	f.underWay.Add(1)
	return true
}

// drain takes no more requests, and lets those under way finish.
func (f *Function) drain(ctx context.Context) error {
	f.mu.Lock()
	f.stopped = true
	f.mu.Unlock()
	return process.Closing(f.underWay.Wait)(ctx)
}

// Stop takes no more requests, lets those under way finish, and closes what the service holds, until ctx ends.
func (f *Function) Stop(ctx context.Context) error {
	f.mu.Lock()
	f.stopped = true
	host := f.host
	f.mu.Unlock()
	if host == nil {
		return nil
	}
	return host.Stop(ctx)
}

// Ready reports whether the service has started and reaches what it depends on. If not, the log says why, and
// no error does: func's main would answer 500 with its text, to anyone.
func (f *Function) Ready(ctx context.Context) (bool, error) {
	if !f.enter() {
		return false, nil
	}
	defer f.underWay.Done()
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	if err := f.host.Ready(ctx); err != nil {
		f.host.Log.WarnContext(ctx, "not ready", "error", err)
		return false, nil
	}
	return true, nil
}

// Alive reports that the process lives, even where its dependencies fail.
func (f *Function) Alive(context.Context) (bool, error) { return true, nil }
