package knative

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

// stage is a service with a function of each kind, and a gate in front of its start.
type stage struct {
	gate    chan error // each attempt to start takes one; nil: it starts at once
	sung    chan struct{}
	singing chan struct{} // a song lasts until it is closed; nil: no time
	failing error         // what the consumers and the schedule come to
	stopped atomic.Bool
	mending atomic.Bool
}

func (s *stage) build(config.Values) (function.Service, error) {
	return function.Service{
		Name:      "stage",
		Endpoints: []function.Endpoint{function.POST("sing-song", "/sing", s.sing)},
		Consumers: []function.Consumer{
			function.On("hear-ticket", func(context.Context, event.Ticket) error { return s.failing }, event.TicketCreated, event.TicketUpdated),
			function.On("hear-other", func(context.Context, event.Ticket) error { return s.failing }, event.TicketUpdated),
		},
		Schedules: []function.Schedule{function.Every("sweep-stage", time.Minute, func(context.Context) error { return s.failing })},
		Start: func(ctx context.Context) error {
			if s.gate == nil {
				return nil
			}
			select {
			case err := <-s.gate:
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
		},
		Ready: func(context.Context) error {
			if s.mending.Load() {
				return errors.New("the stage is being mended")
			}
			return nil
		},
		Stop: func() { s.stopped.Store(true) },
	}, nil
}

func (s *stage) sing(context.Context, function.None) (string, error) {
	if s.singing != nil {
		s.sung <- struct{}{}
		<-s.singing
	}
	if s.stopped.Load() {
		return "", errors.New("the service was closed under the song")
	}
	return "la", nil
}

func ask(f *Function, method, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	f.Handle(w, httptest.NewRequest(method, target, strings.NewReader("{}")))
	return w
}

// TestLife: a function answers 503 until its service has started, which may fail at first, and again after it
// has stopped; it is alive all the time.
func TestLife(t *testing.T) {
	t.Parallel()
	s := &stage{gate: make(chan error)}
	f := New(s.build)
	closed := func(when string) {
		t.Helper()
		if w := ask(f, http.MethodPost, "/sing"); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
			t.Errorf("%s: %d, Retry-After %q", when, w.Code, w.Header().Get("Retry-After"))
		}
		if ready, _ := f.Ready(t.Context()); ready || ask(f, http.MethodGet, "/api/healthz").Code != http.StatusServiceUnavailable {
			t.Errorf("%s: ready", when)
		}
		if alive, err := f.Alive(t.Context()); !alive || err != nil || ask(f, http.MethodGet, "/health").Code != http.StatusOK {
			t.Errorf("%s: not alive: %v", when, err)
		}
	}
	closed("before Start")
	ctx, cancel := context.WithCancel(t.Context())
	if err := f.Start(ctx, map[string]string{"LOG_LEVEL": "ERROR+9"}); err != nil {
		t.Fatal(err)
	}
	cancel() // it was Start's
	closed("before the service has started")
	s.gate <- errors.New("the database is away")
	closed("after it failed to")
	s.gate <- nil
	isReady(t, f)
	if w := ask(f, http.MethodPost, "/sing"); w.Code != http.StatusOK {
		t.Errorf("started: %d %s", w.Code, w.Body)
	}
	s.mending.Store(true)
	if ready, err := f.Ready(t.Context()); ready || err != nil {
		t.Errorf("while mended: ready %t, %v", ready, err)
	}
	s.mending.Store(false)
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

func TestStartRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, value string }{{"FUNCTIONS", "sing-song,dance"}, {"REQUEST_TIMEOUT", "0s"}, {"PORT", "http"}} {
		f := New(new(stage).build)
		if err := f.Start(t.Context(), map[string]string{c.name: c.value}); err == nil || !strings.Contains(err.Error(), c.name) {
			t.Errorf("%s=%s: %v", c.name, c.value, err)
		}
		if ready, _ := f.Ready(t.Context()); ready {
			t.Errorf("%s=%s: ready", c.name, c.value)
		}
	}
}

// TestStartTakesEmptyForNotSet: func's main brings every variable of the environment, and one that is empty does
// not hide a secret file.
func TestStartTakesEmptyForNotSet(t *testing.T) {
	t.Setenv("FUNCTIONS", "sing-song")
	f := New(new(stage).build)
	if err := f.Start(t.Context(), map[string]string{"FUNCTIONS": "", "LOG_LEVEL": "ERROR+9"}); err != nil {
		t.Fatal(err)
	}
	isReady(t, f)
	if w := ask(f, http.MethodPost, "/schedules/sweep-stage"); w.Code != http.StatusNotFound {
		t.Errorf("FUNCTIONS is lost: %d", w.Code)
	}
	if err := f.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestStopWaits: even where nobody else drains, Stop closes the service only after the request under way.
func TestStopWaits(t *testing.T) {
	t.Parallel()
	s := &stage{sung: make(chan struct{}, 1), singing: make(chan struct{})}
	f := New(s.build)
	if err := f.Start(t.Context(), map[string]string{"LOG_LEVEL": "ERROR+9"}); err != nil {
		t.Fatal(err)
	}
	isReady(t, f)
	answered, stopped := make(chan int, 1), make(chan error, 1)
	go func() { answered <- ask(f, http.MethodPost, "/sing").Code }()
	wait(t, s.sung)
	go func() { stopped <- f.Stop(t.Context()) }()
	for ask(f, http.MethodPost, "/nowhere").Code != http.StatusServiceUnavailable { // until it takes no more
		if t.Context().Err() != nil {
			t.Fatal("it goes on")
		}
	}
	if s.stopped.Load() || len(stopped) > 0 {
		t.Error("it did not wait for the request")
	}
	close(s.singing)
	if status := wait(t, answered); status != http.StatusOK {
		t.Errorf("the request under way came to %d", status)
	}
	if err := wait(t, stopped); err != nil || !s.stopped.Load() {
		t.Errorf("stop: %v", err)
	}
}
