package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const patience = 30 * time.Second

// idle is a service with functions of every kind that do what they are told.
func idle(consume func(context.Context, event.Ticket) error, run func(context.Context) error, handle http.HandlerFunc) function.Service {
	return function.Service{
		Name:      "idle",
		Endpoints: []function.Endpoint{{Name: "see", Method: http.MethodGet, Path: "/", Handler: handle}},
		Consumers: []function.Consumer{function.On("hear", consume, event.TicketCreated), function.On("hear-too", consume, event.TicketUpdated)},
		Schedules: []function.Schedule{function.Every("tick", time.Minute, run), function.Every("tock", time.Minute, run)},
		Stop:      func() {},
	}
}

const get = `{"path":"/","httpMethod":"GET"}`

// TestDeadline: a handler's time is over before Lambda's is.
func TestDeadline(t *testing.T) {
	t.Parallel()
	var given time.Time
	a := open(t, idle(nil, nil, func(_ http.ResponseWriter, r *http.Request) { given, _ = r.Context().Deadline() }), config.Values{})
	lambdas := time.Now().Add(3 * time.Second)
	ctx, cancel := context.WithDeadline(t.Context(), lambdas)
	defer cancel()
	if _, err := a.Invoke(ctx, []byte(get)); err != nil || !given.Equal(lambdas.Add(-margin)) {
		t.Errorf("the handler has until %v, Lambda until %v (%v)", given, lambdas, err)
	}
}

// TestTrace: the invocation's trace is the handler's, if the client has none of its own.
func TestTrace(t *testing.T) {
	t.Parallel()
	var got trace.SpanContext
	a := open(t, idle(nil, nil, func(_ http.ResponseWriter, r *http.Request) { got = trace.SpanContextFromContext(r.Context()) }), config.Values{})
	const xray, w3c = "5759e988bd862e3fe1be46a994272793", "0af7651916cd43dd8448eb211c80319c"
	ctx := context.WithValue(t.Context(), "x-amzn-trace-id", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=x") //nolint:staticcheck // aws-lambda-go's key
	for name, c := range map[string]struct {
		ctx         context.Context
		event, want string
	}{
		"X-Ray's":      {ctx, get, xray},
		"the client's": {ctx, `{"path":"/","httpMethod":"GET","headers":{"traceparent":"00-` + w3c + `-b7ad6b7169203331-01"}}`, w3c},
	} {
		if _, err := a.Invoke(c.ctx, []byte(c.event)); err != nil || got.TraceID().String() != c.want || !got.IsSampled() {
			t.Errorf("%s: in trace %v, want %s (%v)", name, got.TraceID(), c.want, err)
		}
	}
	for _, header := range []any{nil, "", "Root=1-zz;Parent=1;;=", 7} {
		if _, err := a.Invoke(context.WithValue(t.Context(), "x-amzn-trace-id", header), []byte(get)); err != nil || !got.TraceID().IsValid() { //nolint:staticcheck // likewise
			t.Errorf("%v: no trace of its own (%v)", header, err)
		}
	}
}

// TestPanics: none of them ends the environment.
func TestPanics(t *testing.T) {
	t.Parallel()
	var what any
	var logs bytes.Buffer
	service := idle(func(context.Context, event.Ticket) error { panic(what) }, func(context.Context) error { panic(what) },
		func(http.ResponseWriter, *http.Request) { panic(what) })
	a, err := Open(func(config.Values) (function.Service, error) { return service, nil }, config.Values{}, &logs)
	if err != nil {
		t.Fatal(err)
	}
	what = "oops"
	data, err := a.Invoke(t.Context(), []byte(get))
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := answered(data); err != nil || answer.Status != http.StatusInternalServerError {
		t.Errorf("answered %+v, %v", answer, err)
	}
	if _, err := a.Invoke(t.Context(), []byte(`{"schedule":"tick"}`)); err == nil {
		t.Error("a schedule that panics is no failure")
	}
	if !strings.Contains(logs.String(), `"panic":"oops"`) {
		t.Errorf("the log does not tell: %s", logs.String())
	}
	what = http.ErrAbortHandler
	if _, err := a.Invoke(t.Context(), []byte(get)); err == nil || strings.Contains(err.Error(), "panic") {
		t.Errorf("a dropped connection is %v", err)
	}
	a.handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("our own") })
	if _, err := a.Invoke(t.Context(), []byte(get)); err == nil || !strings.Contains(logs.String(), "our own") {
		t.Errorf("our own panic is %v", err)
	}
}

func TestSchedules(t *testing.T) {
	t.Parallel()
	runs, failure := 0, error(nil)
	service := idle(nil, func(context.Context) error { runs++; return failure }, nil)
	both := open(t, service, config.Values{})
	one := open(t, service, config.Values{"FUNCTIONS": "tock"})
	failure = errors.New("not now")
	for _, c := range []struct {
		a     *Adapter
		event string
		err   string
		runs  int
	}{
		{both, `{"schedule":"tick"}`, "not now", 1},
		{one, `{"schedule":"tock"}`, "not now", 1},
		{one, `{"version":"0","detail-type":"Scheduled Event","source":"aws.scheduler","detail":"{}"}`, "not now", 1},
		{both, `{"detail-type":"Scheduled Event","source":"aws.events"}`, "does not say which", 0},
		{one, `{"schedule":"tick"}`, `"tick"`, 0},
		{both, `{"schedule":"hear"}`, `"hear"`, 0},
	} {
		runs = 0
		if _, err := c.a.Invoke(t.Context(), []byte(c.event)); err == nil || !strings.Contains(err.Error(), c.err) || runs != c.runs {
			t.Errorf("%s: %v after %d runs, want %s after %d", c.event, err, runs, c.err, c.runs)
		}
	}
	failure = nil
	if answer, err := both.Invoke(t.Context(), []byte(`{"schedule":"tick"}`)); err != nil || !json.Valid(answer) {
		t.Errorf("%s, %v", answer, err)
	}
}

func TestUnknownPayloads(t *testing.T) {
	t.Parallel()
	a := open(t, idle(nil, nil, nil), config.Values{})
	for _, data := range []string{``, `null`, `{}`, `[]`, `"warm up"`, `{"warmup":true}`, `{"events":"all"}`, `{"httpMethod":"GET"}`, `{"schedule":""}`} {
		if _, err := a.Invoke(t.Context(), []byte(data)); !errors.Is(err, errUnknown) {
			t.Errorf("%s: %v", data, err)
		}
	}
}
