package function_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/function"
)

// bounded is a service that runs at most n requests at the same time. GET /wait says that it runs, and waits for the gate to open.
func bounded(t *testing.T, n int) (h http.Handler, runs, gate chan struct{}) {
	t.Helper()
	runner, _ := newRunner(t)
	runner.MaxInFlight = n
	runs, gate = make(chan struct{}, 100), make(chan struct{})
	text := func(size int) func(context.Context, function.None) (string, error) {
		return func(context.Context, function.None) (string, error) { return strings.Repeat("x", size), nil }
	}
	return runner.Handler(function.Service{Name: "test", Endpoints: []function.Endpoint{
		function.GET("wait", "/wait", func(context.Context, function.None) (function.None, error) {
			runs <- struct{}{}
			<-gate
			return function.None{}, nil
		}),
		function.GET("small", "/small", text(20<<10)), function.GET("large", "/large", text(40<<10)), function.GET("huge", "/huge", text(100<<10)),
		function.PUT("put-note", "/notes/{id}", putNote),
		function.GET("list", "/list", func(_ context.Context, p function.Paging) (function.Page[int32], error) {
			runs <- struct{}{}
			<-gate
			return function.Page[int32]{}, nil
		}),
	}}), runs, gate
}

// arriving is a body that comes as far as it is written.
func arriving(t *testing.T, h http.Handler, already string) (rest *io.PipeWriter, answered chan *httptest.ResponseRecorder) {
	t.Helper()
	body, rest := io.Pipe()
	r := httptest.NewRequest("PUT", "/notes/1", body)
	r.Header.Set("Content-Type", "application/json")
	r.ContentLength = -1
	answered = make(chan *httptest.ResponseRecorder, 1)
	go func() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		answered <- w
		_ = body.Close() // what is still written fails
	}()
	if _, err := io.WriteString(rest, already); err != nil { // it has been read when this returns
		t.Fatal(err)
	}
	return rest, answered
}

func busy(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	expect(t, w, 503, "Service unavailable.")
	if w.Header().Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
	}
}

// TestTooManyRequests: one too many is refused at once, and nothing is left of it.
func TestTooManyRequests(t *testing.T) {
	t.Parallel()
	h, runs, gate := bounded(t, 2)
	ended := make(chan *httptest.ResponseRecorder)
	for range 2 {
		go func() { ended <- call(h, "GET", "/wait", "") }()
		<-runs
	}
	for range 10 {
		busy(t, call(h, "GET", "/small", ""))
		busy(t, call(h, "PUT", "/notes/1", `{"text":"a"}`))
	}
	close(gate)
	expect(t, <-ended, 200, "")
	expect(t, <-ended, 200, "")
	for range 10 {
		expect(t, call(h, "PUT", "/notes/1", `{"text":"a"}`), 200, "")
	}
}

// TestFullReadsNoBody: one too many is refused before its body has come.
func TestFullReadsNoBody(t *testing.T) {
	t.Parallel()
	h, runs, gate := bounded(t, 1)
	ended := make(chan *httptest.ResponseRecorder)
	go func() { ended <- call(h, "GET", "/wait", "") }()
	<-runs
	r := httptest.NewRequest("PUT", "/notes/1", unread{t})
	r.ContentLength = 12
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	busy(t, w)
	close(gate)
	expect(t, <-ended, 200, "")
}

// unread is a body that is not to be read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

// TestSlowUploads: they hold up no others, as many as there may be; more are refused.
func TestSlowUploads(t *testing.T) {
	t.Parallel()
	h, _, _ := bounded(t, 2)
	var rests []*io.PipeWriter
	var answers []chan *httptest.ResponseRecorder
	for range 3 {
		rest, answered := arriving(t, h, `{"text":`)
		rests, answers = append(rests, rest), append(answers, answered)
		expect(t, call(h, "PUT", "/notes/1", `{"text":"a"}`), 200, "")
	}
	arriving(t, h, `{`)
	busy(t, call(h, "GET", "/small", ""))
	for i, rest := range rests {
		if _, err := io.WriteString(rest, `"a"}`); err != nil {
			t.Fatal(err)
		}
		_ = rest.Close() // of a pipe
		expect(t, <-answers[i], 200, "")
	}
	expect(t, call(h, "PUT", "/notes/1", `{"text":"a"}`), 200, "")
}

// TestLargeBodies: as many as there is room for; then they are refused, and small ones still come in.
func TestLargeBodies(t *testing.T) {
	t.Parallel()
	h, _, _ := bounded(t, 16) // room for one
	large := `{"text":"a"}` + strings.Repeat(" ", 40<<10)
	rest, first := arriving(t, h, large)
	busy(t, call(h, "PUT", "/notes/1", large))
	expect(t, call(h, "PUT", "/notes/1", `{"text":"a"}`), 200, "")
	_ = rest.Close() // of a pipe
	expect(t, <-first, 200, "")
	for range 3 {
		expect(t, call(h, "PUT", "/notes/1", large), 200, "")
	}
}

// TestFewInFlight: a service that runs one request at a time takes large bodies and sends large answers, too.
func TestFewInFlight(t *testing.T) {
	t.Parallel()
	h, _, _ := bounded(t, 1)
	expect(t, call(h, "PUT", "/notes/1", `{"text":"a"}`+strings.Repeat(" ", 40<<10)), 200, "")
	if w := call(h, "GET", "/huge", ""); w.Code != 200 {
		t.Errorf("a large answer: %d", w.Code)
	}
}

// TestOverloadIsNotLogged: refusals are counted, and none of them writes a line.
func TestOverloadIsNotLogged(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	runner, registry := newRunner(t)
	runner.Log, runner.MaxInFlight = slog.New(slog.NewTextHandler(&log, nil)), 32
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		h := runner.Handler(function.Service{Name: "test", Endpoints: []function.Endpoint{
			function.GET("list", "/list", func(context.Context, function.Paging) (function.Page[int32], error) {
				<-gate
				return function.Page[int32]{}, nil
			}),
			function.GET("full", "/full", func(context.Context, function.None) (function.None, error) {
				return function.None{}, fmt.Errorf("a queue: %w", apierror.Overloaded(io.EOF))
			}),
		}})
		go call(h, "GET", "/list?limit=1000", "")
		synctest.Wait()
		busy(t, call(h, "GET", "/list?limit=1000", "")) // its minute passes at once here
		busy(t, call(h, "GET", "/full", ""))
		close(gate)
	})
	counted(t, registry, "ticketing_request_duration_seconds status=503", 2)
	if log.Len() > 0 {
		t.Errorf("logged %s", &log)
	}
}

// reader is a client that reads nothing until its gate opens.
type reader struct {
	*httptest.ResponseRecorder
	writes, gate chan struct{}
}

func (r reader) Write(b []byte) (int, error) {
	select {
	case r.writes <- struct{}{}:
	default:
	}
	<-r.gate
	return r.ResponseRecorder.Write(b)
}

// TestSlowReaders: they hold up no others. A large answer that there is no room for is refused.
func TestSlowReaders(t *testing.T) {
	t.Parallel()
	h, _, _ := bounded(t, 1) // room for 64 KiB
	slow := reader{httptest.NewRecorder(), make(chan struct{}, 1), make(chan struct{})}
	ended := make(chan struct{})
	go func() {
		h.ServeHTTP(slow, httptest.NewRequest("GET", "/large", http.NoBody))
		close(ended)
	}()
	<-slow.writes
	busy(t, call(h, "GET", "/large", ""))
	if w := call(h, "GET", "/small", ""); w.Code != 200 {
		t.Errorf("small: %d", w.Code)
	}
	close(slow.gate)
	<-ended
	for range 3 {
		if w := call(h, "GET", "/large", ""); w.Code != 200 {
			t.Errorf("large: %d", w.Code)
		}
	}
}
