package function_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/telemetry"
)

var (
	keys  = session.Keys{Secret: []byte("0123456789abcdef0123456789abcdef")}
	guard = session.NewGuard(keys, ended{}, session.Settings{})
)

// ended are sessions that have ended: those of some users, in an earlier life.
type ended map[int32]error // by user: nil, or why it is not known

func (e ended) Ended(_ context.Context, c session.Claims) (bool, error) {
	err, over := e[c.UserID()]
	return over, err
}

// newRunner returns a runner and the registry of what it counts.
func newRunner(t testing.TB) (function.Runner, *prometheus.Registry) {
	t.Helper()
	registry := prometheus.NewRegistry()
	metrics, err := telemetry.NewMetrics(registry)
	if err != nil {
		t.Fatal(err)
	}
	return function.Runner{
		Log: slog.New(slog.DiscardHandler), Metrics: metrics, Tracer: noop.NewTracerProvider().Tracer(""), Timeout: time.Minute,
	}, registry
}

// counted checks a metric.
func counted(t *testing.T, registry *prometheus.Registry, series string, want float64) {
	t.Helper()
	if n, _ := functiontest.Metric(t, registry, series); n != want {
		t.Errorf("%s is %v, want %v", series, n, want)
	}
}

func handler(t testing.TB, endpoints ...function.Endpoint) http.Handler {
	t.Helper()
	runner, _ := newRunner(t)
	return runner.Handler(function.Service{Name: "test", Endpoints: endpoints})
}

// call sends a JSON body, or none if it is empty, with header lines such as "Origin: http://evil.example".
func call(h http.Handler, method, target, body string, header ...string) *httptest.ResponseRecorder {
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, target, reader)
	r.Header.Set("Content-Type", "application/json")
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// expect checks status and message of a JSON answer.
func expect(t *testing.T, w *httptest.ResponseRecorder, status int, message string) {
	t.Helper()
	var got struct{ Message string }
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Errorf("not a JSON object: %q", w.Body)
	}
	if w.Code != status || got.Message != message || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
		t.Errorf("%d %s %q, want %d %q", w.Code, w.Header().Get("Content-Type"), w.Body, status, message)
	}
}

func signedIn(t *testing.T, user int32) string {
	t.Helper()
	cookie, err := keys.Issue(user, "a@example.com")
	if err != nil {
		t.Fatal(err)
	}
	return "Cookie: " + cookie.String()
}

// letters are dead letters in memory. They are not for several goroutines.
type letters struct {
	kept []function.DeadLetter
	full error // what Add returns
}

func (l *letters) Add(_ context.Context, d function.DeadLetter) error {
	if l.full == nil {
		d.ID = int64(len(l.kept) + 1)
		l.kept = append(l.kept, d)
	}
	return l.full
}

func (l *letters) List(context.Context, int64, int) ([]function.DeadLetter, error) {
	return l.kept, nil
}

func (l *letters) Remove(_ context.Context, id int64) error {
	l.kept = slices.DeleteFunc(l.kept, func(d function.DeadLetter) bool { return d.ID == id })
	return nil
}
