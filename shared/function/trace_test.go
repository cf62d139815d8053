package function_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/telemetry"
)

// TestLogsCarryTheTrace: of a request as of an event, whatever is logged names the trace that it came with.
func TestLogsCarryTheTrace(t *testing.T) {
	t.Parallel()
	const id = "0af7651916cd43dd8448eb211c80319c"
	const parent = "00-" + id + "-b7ad6b7169203331-01"
	broken := errors.New("broken")
	answer := broken
	consumer := function.On("expire", func(context.Context, event.ExpirationReached) error { return answer }, event.ExpirationComplete)
	s := function.Service{Name: "test", DeadLetters: &letters{}, Consumers: []function.Consumer{consumer}, Endpoints: []function.Endpoint{
		function.GET("break", "/break", func(context.Context, function.None) (function.None, error) { return function.None{}, broken }),
		function.GET("panic", "/panic", func(context.Context, function.None) (function.None, error) { panic("at the disco") }),
	}}
	d := reached(t, 1)
	d.TraceParent = parent
	for name, do := range map[string]func(function.Runner){
		"request failed":                 func(r function.Runner) { call(r.Handler(s), "GET", "/break", "", "Traceparent: "+parent) },
		"panic":                          func(r function.Runner) { call(r.Handler(s), "GET", "/panic", "", "Traceparent: "+parent) },
		"event comes again":              func(r function.Runner) { _ = r.Consume(t.Context(), s, consumer, message(t, d)) },
		"event goes to the dead letters": func(r function.Runner) { _ = r.DeadLetter(t.Context(), s, consumer, message(t, d), broken) },
		"event goes to the dead letters ": func(r function.Runner) {
			answer = function.Reject(broken)
			_ = r.Consume(t.Context(), s, consumer, message(t, d))
			answer = broken
		},
	} {
		var out bytes.Buffer
		runner, _ := newRunner(t)
		runner.Log = telemetry.NewLogger(&out, slog.LevelInfo, false)
		do(runner)
		var messages []string
		for line := range strings.Lines(out.String()) {
			var record struct {
				Message string `json:"msg"`
				Trace   string `json:"trace_id"`
			}
			if err := json.Unmarshal([]byte(line), &record); err != nil || record.Trace != id {
				t.Errorf("%s: %v: not in the trace: %s", name, err, line)
			}
			messages = append(messages, record.Message)
		}
		if !slices.Contains(messages, strings.TrimSpace(name)) {
			t.Errorf("%s: logged %q", name, messages)
		}
	}
}

func TestConsumerInFlight(t *testing.T) {
	t.Parallel()
	runner, registry := newRunner(t)
	flight := func() float64 {
		n, _ := functiontest.Measured(t, registry, "ticketing_consumer_in_flight service=test consumer=expire")
		return n
	}
	during := 0.
	c := function.On("expire", func(context.Context, event.ExpirationReached) error { during = flight(); panic("at the disco") }, event.ExpirationComplete)
	if err := runner.Consume(t.Context(), function.Service{Name: "test"}, c, message(t, reached(t, 1))); err == nil || during != 1 || flight() != 0 {
		t.Errorf("%v in flight, then %v (%v)", during, flight(), err)
	}
}
