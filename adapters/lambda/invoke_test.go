package lambda

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// twice is a service with one endpoint, and two functions of every other kind, that do what a test says.
func twice(consume func(context.Context, event.Ticket) error, run func(context.Context) error, handle http.HandlerFunc) function.Service {
	return function.Service{
		Name:      "twice",
		Endpoints: []function.Endpoint{{Name: "see", Method: http.MethodGet, Path: "/", Handler: handle}},
		Consumers: []function.Consumer{function.On("consume", consume, event.TicketCreated), function.On("consume-too", consume, event.TicketUpdated)},
		Schedules: []function.Schedule{function.Every("tick", time.Minute, run), function.Every("tock", time.Minute, run)},
		Stop:      func() {},
	}
}

const get = `{"path":"/","httpMethod":"GET"}`

// TestDeadline: a handler's time is over before Lambda's is.
func TestDeadline(t *testing.T) {
	t.Parallel()
	var given time.Time
	a := open(t, twice(nil, nil, func(_ http.ResponseWriter, r *http.Request) { given, _ = r.Context().Deadline() }), config.Values{})
	lambdas := time.Now().Add(3 * time.Second)
	ctx, cancel := context.WithDeadline(t.Context(), lambdas)
	defer cancel()
	if _, err := a.Invoke(ctx, []byte(get)); err != nil || !given.Equal(lambdas.Add(-margin)) {
		t.Errorf("the handler has until %v, Lambda until %v (%v)", given, lambdas, err)
	}
}

// TestTrace: the invocation's trace is the handler's, if the client has none of its own; without either it is a new one.
func TestTrace(t *testing.T) {
	t.Parallel()
	var got trace.SpanContext
	a := open(t, twice(nil, nil, func(_ http.ResponseWriter, r *http.Request) { got = trace.SpanContextFromContext(r.Context()) }), config.Values{})
	const xray, w3c = "5759e988bd862e3fe1be46a994272793", "0af7651916cd43dd8448eb211c80319c"
	const header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=x"
	for _, c := range []struct {
		header      any
		event, want string
	}{
		{header, get, xray},
		{header, `{"path":"/","httpMethod":"GET","headers":{"traceparent":"00-` + w3c + `-b7ad6b7169203331-01"}}`, w3c},
		{nil, get, ""},
		{"Root=1-zz;Parent=1;;=", get, ""},
		{7, get, ""},
	} {
		ctx := context.WithValue(t.Context(), "x-amzn-trace-id", c.header) //nolint:staticcheck // aws-lambda-go's key
		_, err := a.Invoke(ctx, []byte(c.event))
		if err != nil || !got.TraceID().IsValid() || c.want != "" && (got.TraceID().String() != c.want || !got.IsSampled()) {
			t.Errorf("%v: in trace %v, want %s (%v)", c.header, got.TraceID(), c.want, err)
		}
	}
}

// TestPanics: none of them ends the environment.
func TestPanics(t *testing.T) {
	t.Parallel()
	var logs bytes.Buffer
	var value any = "from a handler"
	service := twice(nil, func(context.Context) error { panic(value) }, func(http.ResponseWriter, *http.Request) { panic(value) })
	a, err := Open(func(config.Values) (function.Service, error) { return service, nil }, functiontest.EventKeys(), AWS{}, &logs)
	if err != nil {
		t.Fatal(err)
	}
	if answer := invoke(t, a, get); answer.Status != http.StatusInternalServerError || !strings.Contains(logs.String(), `"panic":"from a handler"`) {
		t.Errorf("answered %+v, logged %s", answer, &logs)
	}
	if _, err := a.Invoke(t.Context(), []byte(`{"schedule":"tick"}`)); err == nil {
		t.Error("a schedule that panics is no failure")
	}
	value = http.ErrAbortHandler
	if _, err := a.Invoke(t.Context(), []byte(get)); err == nil || strings.Contains(err.Error(), "panic") {
		t.Errorf("a dropped connection is %v", err)
	}
	a.handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("our own") })
	if _, err := a.Invoke(t.Context(), []byte(get)); err == nil || !strings.Contains(logs.String(), "our own") {
		t.Errorf("our own panic is %v", err)
	}
}

// TestWhich: a payload runs the function that it names, or the only one of its kind, and no other; what fails is the
// invocation.
func TestWhich(t *testing.T) {
	t.Parallel()
	runs := 0
	failure := errors.New("not now")
	service := twice(nil, func(context.Context) error { runs++; return failure }, nil)
	both, one := open(t, service, config.Values{}), open(t, service, config.Values{"FUNCTIONS": "consume,tock"})
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
		{both, `{"schedule":"consume"}`, `"consume"`, 0},
		{one, `{"events":[]}`, "", 0},
		{one, `{"consumer":"consume","events":[]}`, "", 0},
		{one, `{"consumer":"consume-too","events":[]}`, `"consume-too"`, 0},
		{both, `{"consumer":"consume-too","events":[]}`, "", 0},
		{both, `{"events":[]}`, "does not say which", 0},
		{both, `{"consumer":"tick","events":[]}`, `"tick"`, 0},
	} {
		runs = 0
		_, err := c.a.Invoke(t.Context(), []byte(c.event))
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) || runs != c.runs {
			t.Errorf("%s: %v after %d runs, want %q after %d", c.event, err, runs, c.err, c.runs)
		}
	}
	failure = nil
	if answer, err := both.Invoke(t.Context(), []byte(`{"schedule":"tick"}`)); err != nil || string(answer) != `{"done":"tick"}` {
		t.Errorf("%s, %v", answer, err)
	}
}

func TestUnknownPayloads(t *testing.T) {
	t.Parallel()
	a := open(t, twice(nil, nil, nil), config.Values{})
	for _, data := range []string{``, `null`, `{}`, `[]`, `"warm up"`, `{"warmup":true}`, `{"events":"all"}`, `{"httpMethod":"GET"}`, `{"schedule":""}`} {
		if _, err := a.Invoke(t.Context(), []byte(data)); !errors.Is(err, errUnknown) {
			t.Errorf("%s: %v", data, err)
		}
	}
}
