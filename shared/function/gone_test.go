package function_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/function"
)

// TestGone: a client that goes away before its answer is no failure; a deadline, a process that ends and a dependency are.
func TestGone(t *testing.T) {
	t.Parallel()
	waits := func(ctx context.Context, n note) (function.None, error) {
		<-ctx.Done()
		return function.None{}, apierror.Unavailable(ctx.Err())
	}
	broken := func(context.Context, note) (function.None, error) { return function.None{}, errors.New("broken") }
	done := func(ctx context.Context, _ note) (function.None, error) { <-ctx.Done(); return function.None{}, nil }
	away, stopping := context.Canceled, errors.New("the process stops")
	for name, c := range map[string]struct {
		fn     func(context.Context, note) (function.None, error)
		ended  error // why the request's context ends; nil: it does not
		body   io.Reader
		status string
		logged bool
	}{
		"gone":                  {waits, away, nil, "499", false},
		"gone while it arrives": {waits, away, cutOff{io.ErrUnexpectedEOF}, "499", false},
		"too late to matter":    {done, away, nil, "200", false},
		"out of time":           {waits, nil, nil, "503", true},
		"the process stops":     {waits, stopping, nil, "503", true},
		"broken":                {broken, nil, nil, "500", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			runner, registry := newRunner(t)
			runner.Log = slog.New(slog.NewTextHandler(&log, nil))
			if name == "out of time" {
				runner.Timeout = time.Millisecond
			}
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			if c.ended != nil {
				cancel(c.ended)
			}
			if c.body == nil {
				c.body = bytes.NewBufferString(`{"text":"a"}`)
			}
			r := httptest.NewRequest("PUT", "/notes/1", c.body).WithContext(ctx)
			r.Header.Set("Content-Type", "application/json")
			h := runner.Handler(function.Service{Name: "test", Endpoints: []function.Endpoint{function.PUT("put", "/notes/{id}", c.fn)}})
			h.ServeHTTP(httptest.NewRecorder(), r)
			counted(t, registry, "ticketing_request_duration_seconds", 1)
			counted(t, registry, "ticketing_request_duration_seconds status="+c.status, 1)
			if logged := log.Len() > 0; logged != c.logged {
				t.Errorf("logged: %s", &log)
			}
		})
	}
}

// TestDetach: work that goes on after its request has as much time as it asks for, and no more than its platform has.
func TestDetach(t *testing.T) {
	t.Parallel()
	platform := time.Now().Add(time.Hour)
	for name, c := range map[string]struct {
		asked time.Duration
		until time.Time // of the platform; zero: it sets no bound
		short bool
	}{
		"alone":   {2 * time.Hour, time.Time{}, false},
		"within":  {30 * time.Minute, platform, false},
		"at most": {2 * time.Hour, platform, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			h := handler(t, function.PUT("put", "/notes/{id}", func(ctx context.Context, _ note) (function.None, error) {
				ctx, cancel := function.Detach(ctx, c.asked)
				defer cancel()
				deadline, ok := ctx.Deadline()
				if exact := deadline.Equal(c.until); ctx.Err() != nil || !ok || exact != c.short || !exact && deadline.Sub(began).Round(time.Minute) != c.asked {
					t.Errorf("%v, until %v", ctx.Err(), deadline)
				}
				return function.None{}, nil
			}))
			ctx, cancel := context.WithCancel(t.Context())
			if !c.until.IsZero() {
				limited, end := context.WithDeadline(ctx, c.until)
				defer end()
				ctx = limited
			}
			cancel() // the client has left
			r := httptest.NewRequest("PUT", "/notes/1", bytes.NewBufferString(`{"text":"a"}`)).WithContext(ctx)
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			if h.ServeHTTP(w, r); w.Code != 200 {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
}

// cutOff is a body that ends before its end.
type cutOff struct{ err error }

func (b cutOff) Read([]byte) (int, error) { return 0, b.err }
