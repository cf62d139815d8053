package adaptertest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"

	"go.opentelemetry.io/otel/trace"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// echo is the service: /mirror answers what the handler saw of the request, /perform does what the request's
// body says, /wait waits until its time is over; and the consumer ends as the event's title says.
type echo struct {
	mu      sync.Mutex
	away    bool // the dead letters
	letters []function.DeadLetter
	traces  []string // of the events that were handled
}

func newEcho() *echo { return &echo{} }

func (e *echo) service() function.Service {
	s := function.Service{
		Name: "echo",
		Endpoints: []function.Endpoint{
			{Name: "perform", Method: http.MethodPost, Path: "/perform", Handler: http.HandlerFunc(perform)},
			{Name: "perform-nothing", Method: http.MethodGet, Path: "/perform", Handler: http.HandlerFunc(perform)},
			function.GET("wait", "/wait", wait),
		},
		Consumers:   []function.Consumer{function.On("consume", e.consume, event.TicketCreated)},
		DeadLetters: e,
		Signatures:  functiontest.Signatures(),
		Start:       func(context.Context) error { return nil },
		Ready:       func(context.Context) error { return nil },
		Stop:        func() {},
	}
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		s.Endpoints = append(s.Endpoints, function.Endpoint{Name: "mirror-" + strings.ToLower(method), Method: method,
			Path: "/mirror/{rest...}", Handler: http.HandlerFunc(mirror)})
	}
	return s
}

func mirror(w http.ResponseWriter, r *http.Request) {
	saw, err := look(r)
	if err != nil {
		function.Fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(saw) // the client went away
}

func wait(ctx context.Context, _ function.None) (function.None, error) {
	<-ctx.Done()
	return function.None{}, apierror.Unavailable(ctx.Err())
}

// step is one thing that a handler may do.
type step struct {
	Add    []string `json:",omitempty"` // a header's name and value
	Set    []string `json:",omitempty"`
	Status int      `json:",omitempty"`
	Write  []byte   `json:",omitempty"`
	Text   string   `json:",omitempty"` // written as a string
	Flush  bool     `json:",omitempty"`
	Panic  string   `json:",omitempty"`
	Abort  bool     `json:",omitempty"` // drop the connection
}

func perform(w http.ResponseWriter, r *http.Request) {
	var steps []step
	if body, err := io.ReadAll(r.Body); err != nil || len(body) > 0 && json.Unmarshal(body, &steps) != nil {
		function.Fail(w, r, apierror.ErrInvalidJSON)
		return
	}
	for _, s := range steps {
		switch {
		case s.Add != nil:
			w.Header()[s.Add[0]] = append(w.Header()[s.Add[0]], s.Add[1:]...)
		case s.Set != nil:
			w.Header()[s.Set[0]] = s.Set[1:]
		case s.Status != 0:
			w.WriteHeader(s.Status)
		case s.Write != nil:
			_, _ = w.Write(s.Write) // a body where none may be
		case s.Text != "":
			_, _ = io.WriteString(w, s.Text) // likewise
		case s.Flush:
			_ = http.NewResponseController(w).Flush() // the client went away
		case s.Panic != "":
			panic(s.Panic)
		case s.Abort:
			panic(http.ErrAbortHandler)
		}
	}
}

func (e *echo) consume(ctx context.Context, t event.Ticket) error {
	e.mu.Lock()
	e.traces = append(e.traces, trace.SpanContextFromContext(ctx).TraceID().String())
	e.mu.Unlock()
	if _, ok := ctx.Deadline(); !ok && t.Title == "deadline" {
		return errors.New("no deadline")
	}
	switch t.Title {
	case "retry":
		return errors.New("not yet")
	case "unavailable":
		return apierror.Unavailable(errors.New("the database is unavailable"))
	case "reject":
		return function.Reject(errors.New("never"))
	case "panic":
		panic("the consumer")
	}
	return nil
}

// Add is part of function.DeadLetters.
func (e *echo) Add(_ context.Context, l function.DeadLetter) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.away {
		return apierror.Unavailable(errors.New("nowhere to put it"))
	}
	e.letters = append(e.letters, l)
	return nil
}

// List is part of function.DeadLetters.
func (e *echo) List(context.Context, int64, int) ([]function.DeadLetter, error) {
	return nil, errors.New("adaptertest: List is not used")
}

// Remove is part of function.DeadLetters.
func (e *echo) Remove(context.Context, int64) error {
	return errors.New("adaptertest: Remove is not used")
}

func (e *echo) kept() []function.DeadLetter {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.letters
}
