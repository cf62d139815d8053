package knative

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/adaptertest"
	"github.com/gittix/ticketing/adapters/process"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

const timeout = 30 * time.Second

// fixture is a service with a function of each kind.
type fixture struct {
	start   chan error    // each attempt to start takes one; nil: it starts at once
	began   chan struct{} // a request has begun
	release chan struct{} // a request lasts until this is closed; nil: no time
	failing error         // the outcome of the consumers and the schedule
	away    atomic.Bool   // what Ready asks for
	stopped atomic.Bool
}

func (f *fixture) build(config.Values) (function.Service, error) {
	return function.Service{
		Name:      "fixture",
		Endpoints: []function.Endpoint{function.POST("greet", "/greet", f.greet)},
		Consumers: []function.Consumer{
			function.On("copy-ticket", func(context.Context, event.Ticket) error { return f.failing }, event.TicketCreated, event.TicketUpdated),
			function.On("count-ticket", func(context.Context, event.Ticket) error { return f.failing }, event.TicketUpdated),
		},
		Schedules: []function.Schedule{function.Every("sweep", time.Minute, func(context.Context) error { return f.failing })},
		Start: func(ctx context.Context) error {
			if f.start == nil {
				return nil
			}
			select {
			case err := <-f.start:
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
		},
		Ready: func(context.Context) error {
			if f.away.Load() {
				return errors.New("the database is unavailable")
			}
			return nil
		},
		Stop: func() { f.stopped.Store(true) },
	}, nil
}

func (f *fixture) greet(context.Context, function.None) (string, error) {
	if f.release != nil {
		f.began <- struct{}{}
		<-f.release
	}
	if f.stopped.Load() {
		return "", errors.New("the service was closed under the request")
	}
	return "hello", nil
}

// running runs a container whose service has started, until the end of the test if the test does not stop it.
func running(t testing.TB, build function.New, values config.Values) (*Function, *process.Host) {
	t.Helper()
	f, host, err := open(build, functiontest.EventKeys().With(config.Values{"PORT": "0", "METRICS_PORT": "0", "LOG_LEVEL": "ERROR+9"}).With(values))
	adaptertest.Started(t, host, err)
	isReady(t, f)
	return f, host
}

func isReady(t testing.TB, f *Function) {
	t.Helper()
	if err := adaptertest.Await(t.Context(), timeout, func(ctx context.Context) error {
		if ready, err := f.Ready(ctx); err != nil || !ready {
			return fmt.Errorf("ready %t, %v", ready, err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func send(f *Function, method, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	f.Handle(w, httptest.NewRequest(method, target, strings.NewReader("{}")))
	return w
}

// TestLife: a function answers 503 until its service has started, which may fail at first, and again after it
// has stopped; it is alive all the time.
func TestLife(t *testing.T) {
	t.Parallel()
	s := &fixture{start: make(chan error)}
	f := New(s.build)
	closed := func(when string) {
		t.Helper()
		if w := send(f, http.MethodPost, "/greet"); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s: %d, Retry-After %q", when, w.Code, w.Header().Get("Retry-After"))
		}
		if ready, _ := f.Ready(t.Context()); ready || send(f, http.MethodGet, "/api/healthz").Code != http.StatusServiceUnavailable {
			t.Errorf("%s: ready", when)
		}
		if alive, err := f.Alive(t.Context()); !alive || err != nil || send(f, http.MethodGet, "/health").Code != http.StatusOK {
			t.Errorf("%s: not alive: %v", when, err)
		}
	}
	closed("before Start")
	ctx, cancel := context.WithCancel(t.Context())
	if err := f.Start(ctx, functiontest.EventKeys().With(config.Values{"LOG_LEVEL": "ERROR+9"})); err != nil {
		t.Fatal(err)
	}
	cancel() // it was Start's
	closed("before the service has started")
	s.start <- errors.New("the database is unavailable")
	closed("after it failed to")
	s.start <- nil
	isReady(t, f)
	if w := send(f, http.MethodPost, "/greet"); w.Code != http.StatusOK {
		t.Errorf("started: %d %s", w.Code, w.Body)
	}
	s.away.Store(true)
	if ready, err := f.Ready(t.Context()); ready || err != nil {
		t.Errorf("without its database: ready %t, %v", ready, err)
	}
	if err := f.Start(t.Context(), nil); !errors.Is(err, errTwice) {
		t.Errorf("started twice: %v", err)
	}
	if err := f.Stop(t.Context()); err != nil || !s.stopped.Load() {
		t.Errorf("stop: %v", err)
	}
	closed("after Stop")
	if err := errors.Join(f.Stop(t.Context()), New(s.build).Stop(t.Context())); err != nil {
		t.Errorf("stop of what does not run: %v", err)
	}
	if err := f.Start(t.Context(), nil); !errors.Is(err, errStopped) {
		t.Errorf("started after its stop: %v", err)
	}
}

// TestStartReads: func's main brings every variable of the environment, and one that is empty does not hide another value.
func TestStartReads(t *testing.T) {
	t.Setenv("FUNCTIONS", "greet")
	for _, c := range []struct{ name, value string }{{"FUNCTIONS", "greet,dance"}, {"REQUEST_TIMEOUT", "0s"}, {"BUS_GIVE_UP", "0s"}, {"PORT", "http"}} {
		f := New(new(fixture).build)
		if err := f.Start(t.Context(), map[string]string{c.name: c.value}); err == nil || !strings.Contains(err.Error(), c.name) {
			t.Errorf("%s=%s: %v", c.name, c.value, err)
		}
	}
	f := New(new(fixture).build)
	if err := f.Start(t.Context(), map[string]string{"FUNCTIONS": "", "LOG_LEVEL": "ERROR+9"}); err != nil {
		t.Fatal(err)
	}
	isReady(t, f)
	if w := send(f, http.MethodPost, "/schedules/sweep"); w.Code != http.StatusNotFound {
		t.Errorf("FUNCTIONS is lost: %d", w.Code)
	}
	if err := f.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}
