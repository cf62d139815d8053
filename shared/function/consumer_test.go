package function_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/telemetry"
	"github.com/gittix/ticketing/shared/timestamp"
)

const (
	traceID = "0af7651916cd43dd8448eb211c80319c"
	parent  = "00-" + traceID + "-b7ad6b7169203331-01"
)

var (
	noon      = timestamp.Of(time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC))
	errBroken = errors.New("broken")
)

// message is the end of an order as a bus brings it, signed, in the trace parent, with an extension if it is not empty.
func message(t testing.TB, id int32, deadReason string) string {
	t.Helper()
	d, err := event.Of(t.Context(), event.ExpirationComplete, event.ExpirationReached{ID: id, ExpiresAt: noon})
	if err != nil {
		t.Fatal(err)
	}
	return messageOf(t, d, deadReason)
}

func messageOf(t testing.TB, d event.Draft, deadReason string) string {
	t.Helper()
	d.TraceParent = parent
	if err := functiontest.Signatures().Sign(&d); err != nil {
		t.Fatal(err)
	}
	e := d.At(1, noon.Time)
	if deadReason != "" {
		e.SetExtension(function.DeadReason, deadReason)
	}
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// outcome is what Consume's answer means to a platform.
func outcome(err error) string {
	switch {
	case err == nil:
		return "done"
	case function.IsReject(err):
		return "reject"
	}
	return "retry"
}

func TestConsume(t *testing.T) {
	t.Parallel()
	good := message(t, 1, "")
	for name, c := range map[string]struct {
		data    string
		answer  error // of the handler; nil panics where the name says so
		full    error // of the dead letters
		want    string
		handled bool
	}{
		"done":                  {data: good, want: "done", handled: true},
		"retry":                 {data: good, answer: errBroken, want: "retry", handled: true},
		"reject":                {data: good, answer: errors.Join(function.Reject(errBroken)), want: "reject", handled: true},
		"panic":                 {data: good, want: "retry", handled: true},
		"reject, store is full": {data: good, answer: function.Reject(errBroken), full: errBroken, want: "retry", handled: true},
		"reject, no store":      {data: good, answer: function.Reject(errBroken), want: "retry", handled: true},
		"impossible data":       {data: message(t, 0, ""), want: "reject"},
		"unknown type":          {data: messageOf(t, event.Draft{Type: "tickets.created", Data: []byte(`{}`)}, ""), want: "retry"},
		"data of another kind":  {data: messageOf(t, event.Draft{Type: "expiration.complete", Data: []byte(`{"id":"one"}`)}, ""), want: "reject"},
		"forged, full store":    {data: "{}", full: errBroken, want: "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runner, registry := newRunner(t)
			kept, handled := &letters{full: c.full}, false
			consumer := function.On("expire", func(ctx context.Context, e event.ExpirationReached) error {
				handled = e.ID == 1 && e.ExpiresAt == noon && trace.SpanContextFromContext(ctx).TraceID().String() == traceID
				counted(t, registry, "ticketing_consumer_in_flight service=test consumer=expire", 1)
				if name == "panic" {
					panic("secret")
				}
				return c.answer
			}, event.ExpirationComplete)
			s := function.Service{Name: "test", Consumers: []function.Consumer{consumer}, DeadLetters: kept, Signatures: functiontest.Signatures()}
			if name == "reject, no store" {
				s.DeadLetters = nil
			}
			if got := outcome(runner.Consume(t.Context(), s, consumer, []byte(c.data))); got != strings.Replace(c.want, "refused", "reject", 1) || handled != c.handled {
				t.Errorf("%s, handled: %v; want %s", got, handled, c.want)
			}
			counted(t, registry, "ticketing_events_consumed_total outcome="+c.want, 1)
			counted(t, registry, "ticketing_consumer_in_flight", 0)
			if (len(kept.kept) == 1) != (c.want == "reject") {
				t.Fatalf("dead letters: %v", kept.kept)
			}
			if c.want == "reject" {
				if l := kept.kept[0]; l.Function != "expire" || string(l.Event) != c.data || l.Reason == "" {
					t.Errorf("dead letter %+v", l)
				}
			}
		})
	}
}

// What was retried too often, or is given up by the platform, is kept as it was, and not handled until it is replayed.
func TestDeadLetterAndReplay(t *testing.T) {
	t.Parallel()
	runner, registry := newRunner(t)
	kept, answer, good := &letters{}, errBroken, message(t, 1, "")
	s := function.Service{Name: "test", DeadLetters: kept, Signatures: functiontest.Signatures(), Consumers: []function.Consumer{
		function.On("other", func(context.Context, event.Ticket) error { t.Error("the wrong consumer"); return nil }, event.TicketCreated),
		function.On("expire", func(context.Context, event.ExpirationReached) error { return answer }, event.ExpirationComplete),
	}}
	tooOften := func() error {
		return runner.DeadLetter(t.Context(), s, s.Consumers[1], []byte(good), errors.New("ten times"))
	}
	givenUp := func() error {
		return runner.Consume(t.Context(), s, s.Consumers[1], []byte(message(t, 1, "ten times")))
	}
	updated, err := json.Marshal(functiontest.Event(t, event.TicketUpdated, event.Ticket{ID: 1, UserID: 1, Title: "Opera", Price: 100}))
	if err != nil {
		t.Fatal(err)
	}
	for i, keep := range []func() error{tooOften, givenUp} {
		kept.full = errors.New("full")
		if got := outcome(keep()); got != "retry" {
			t.Errorf("no place: %s", got)
		}
		kept.full = nil
		if err := keep(); err != nil || len(kept.kept) != 1 {
			t.Fatalf("%v, %d letters", err, len(kept.kept))
		}
		letter := kept.kept[0]
		if letter.Reason != "ten times" || letter.Function != "expire" || strings.Contains(string(letter.Event), function.DeadReason) {
			t.Errorf("dead letter %+v", letter)
		}
		counted(t, registry, "ticketing_events_consumed_total outcome=dead", float64(i+1))
		answer = errBroken
		for name, l := range map[string]function.DeadLetter{
			"broken": letter, "malformed": {ID: 1, Function: "expire", Event: []byte("{}")},
			"forged": {ID: 1, Function: "expire", Event: bytes.Replace(letter.Event, []byte(`"id":1`), []byte(`"id":2`), 1)}, "unknown consumer": {ID: 1, Function: "gone", Event: letter.Event},
			"another type": {ID: 1, Function: "other", Event: updated},
		} {
			if err := s.Replay(t.Context(), l); err == nil || len(kept.kept) != 1 {
				t.Errorf("%s: %v, %d letters", name, err, len(kept.kept))
			}
		}
		answer = nil
		if err := s.Replay(t.Context(), letter); err != nil || len(kept.kept) != 0 {
			t.Errorf("replay: %v, %d letters", err, len(kept.kept))
		}
	}
}

// A dead letter without an event is of no consumer: the service has its message sent again.
func TestReplayWithoutEvent(t *testing.T) {
	t.Parallel()
	kept := &letters{}
	s := function.Service{Name: "test", DeadLetters: kept}
	letter := function.DeadLetter{ID: 1, Function: "create", Reason: "ten times"}
	if err := kept.Add(t.Context(), letter); err != nil {
		t.Fatal(err)
	}
	for name, resend := range map[string]func(context.Context, function.DeadLetter) error{
		"none": nil, "fails": func(context.Context, function.DeadLetter) error { return errBroken }, "panics": func(context.Context, function.DeadLetter) error { panic("at the disco") },
	} {
		s.Resend = resend
		if err := s.Replay(t.Context(), letter); err == nil || len(kept.kept) != 1 {
			t.Errorf("%s: %v, %d letters", name, err, len(kept.kept))
		}
	}
	s.Resend = func(_ context.Context, l function.DeadLetter) error {
		if l.Reason != letter.Reason {
			t.Errorf("%+v", l)
		}
		return nil
	}
	if err := s.Replay(t.Context(), letter); err != nil || len(kept.kept) != 0 {
		t.Errorf("%v, %d letters", err, len(kept.kept))
	}
}

// Every log line of a request or an event has its trace.
func TestLogsCarryTheTrace(t *testing.T) {
	t.Parallel()
	fail := errBroken
	consumer := function.On("expire", func(context.Context, event.ExpirationReached) error { return fail }, event.ExpirationComplete)
	s := function.Service{Name: "test", DeadLetters: &letters{}, Signatures: functiontest.Signatures(), Consumers: []function.Consumer{consumer}, Endpoints: []function.Endpoint{
		function.GET("break", "/break", func(context.Context, function.None) (function.None, error) { return function.None{}, errBroken }),
		function.GET("panic", "/panic", func(context.Context, function.None) (function.None, error) { panic("at the disco") }),
	}}
	logged := func(message string, do func(function.Runner)) {
		t.Helper()
		var out bytes.Buffer
		runner, _ := newRunner(t)
		runner.Log = telemetry.NewLogger(&out, slog.LevelInfo, false)
		do(runner)
		if text := out.String(); !strings.Contains(text, message) || strings.Count(text, `"trace_id":"`+traceID+`"`) != strings.Count(text, "\n") {
			t.Errorf("%s: logged %s", message, text)
		}
	}
	good := []byte(message(t, 1, ""))
	consume := func(r function.Runner) { _ = r.Consume(t.Context(), s, consumer, good) }
	logged("request failed", func(r function.Runner) { call(r.Handler(s), "GET", "/break", "", "Traceparent: "+parent) })
	logged("panic", func(r function.Runner) { call(r.Handler(s), "GET", "/panic", "", "Traceparent: "+parent) })
	logged("event comes again", consume)
	logged("event goes to the dead letters", func(r function.Runner) { _ = r.DeadLetter(t.Context(), s, consumer, good, errBroken) })
	fail = function.Reject(errBroken)
	logged("event goes to the dead letters", consume)
}
