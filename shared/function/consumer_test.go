package function_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/timestamp"
)

var noon = timestamp.Of(time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC))

// message is an event as a bus brings it.
func message(t testing.TB, d event.Draft) []byte {
	t.Helper()
	b, err := json.Marshal(d.At("1", 1, noon.Time))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func reached(t testing.TB, id int32) event.Draft {
	t.Helper()
	d, err := event.Of(t.Context(), event.ExpirationComplete, event.ExpirationReached{ID: id, ExpiresAt: noon})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestConsume(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	other := reached(t, 1)
	other.Type = "tickets.created"
	good := string(message(t, reached(t, 1)))
	for name, c := range map[string]struct {
		data    string
		answer  error // of the handler
		panics  bool
		full    error // of the dead letters
		nowhere bool  // there are no dead letters
		want    string
		handled bool
	}{
		"done":                  {data: good, want: "done", handled: true},
		"retry":                 {data: good, answer: broken, want: "retry", handled: true},
		"reject":                {data: good, answer: function.Reject(broken), want: "reject", handled: true},
		"wrapped reject":        {data: good, answer: errors.Join(function.Reject(broken)), want: "reject", handled: true},
		"panic":                 {data: good, panics: true, want: "retry", handled: true},
		"reject, store is full": {data: good, answer: function.Reject(broken), full: broken, want: "retry", handled: true},
		"reject, no store":      {data: good, answer: function.Reject(broken), nowhere: true, want: "retry", handled: true},
		"impossible data":       {data: string(message(t, reached(t, 0))), want: "reject"},
		"unknown type":          {data: string(message(t, other)), want: "reject"},
		"data of another kind":  {data: strings.Replace(good, `"id":1,`, `"id":"one",`, 1), want: "reject"},
		"no id":                 {data: strings.Replace(good, `"id":"1"`, `"id":""`, 1), want: "reject"},
		"not JSON":              {data: "\x00\xff", want: "reject"},
		"empty":                 {data: "", want: "reject"},
		"null":                  {data: "null", want: "reject"},
		"array":                 {data: "[]", want: "reject"},
		"malformed, no store":   {data: "{}", full: broken, want: "retry"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runner, registry := newRunner(t)
			kept := &letters{full: c.full}
			handled := false
			consumer := function.On("expire", func(_ context.Context, e event.ExpirationReached) error {
				handled = e.ID == 1 && e.ExpiresAt == noon
				if c.panics {
					panic("secret")
				}
				return c.answer
			}, event.ExpirationComplete)
			s := function.Service{Name: "test", Consumers: []function.Consumer{consumer}, DeadLetters: kept}
			if c.nowhere {
				s.DeadLetters = nil
			}
			err := runner.Consume(t.Context(), s, consumer, []byte(c.data))
			got := "done"
			if function.IsReject(err) {
				got = "reject"
			} else if err != nil {
				got = "retry"
			}
			if got != c.want || handled != c.handled {
				t.Errorf("%s (%v), handled: %v; want %s", got, err, handled, c.want)
			}
			if count(t, registry, "ticketing_events_consumed_total", "outcome", c.want) != 1 {
				t.Error("it is not counted")
			}
			if (len(kept.kept) == 1) != (c.want == "reject") {
				t.Fatalf("dead letters: %v", kept.kept)
			}
			if c.want == "reject" {
				if l := kept.kept[0]; l.Function != "expire" || !bytes.Equal(l.Event, []byte(c.data)) || l.Reason == "" {
					t.Errorf("dead letter %+v", l)
				}
			}
		})
	}
}

func TestConsumeInTheTraceOfTheEvent(t *testing.T) {
	t.Parallel()
	runner, _ := newRunner(t)
	d := reached(t, 1)
	d.TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	var got trace.TraceID
	c := function.On("trace", func(ctx context.Context, _ event.ExpirationReached) error {
		got = trace.SpanContextFromContext(ctx).TraceID()
		return nil
	}, event.ExpirationComplete)
	if err := runner.Consume(t.Context(), function.Service{}, c, message(t, d)); err != nil || got.String() != "0af7651916cd43dd8448eb211c80319c" {
		t.Errorf("trace %s, %v", got, err)
	}
}

func TestDeadLetterAndReplay(t *testing.T) {
	t.Parallel()
	runner, registry := newRunner(t)
	kept := &letters{}
	answer := errors.New("broken")
	s := function.Service{Name: "test", DeadLetters: kept, Consumers: []function.Consumer{
		function.On("other", func(context.Context, event.Ticket) error { t.Error("the wrong consumer"); return nil }, event.TicketCreated),
		function.On("expire", func(context.Context, event.ExpirationReached) error { return answer }, event.ExpirationComplete),
	}}
	if err := runner.DeadLetter(t.Context(), s, s.Consumers[1], message(t, reached(t, 1)), answer); err != nil {
		t.Fatal(err)
	}
	if l := kept.kept[0]; l.Reason != "broken" || l.Function != "expire" || count(t, registry, "ticketing_events_consumed_total", "outcome", "dead") != 1 {
		t.Errorf("dead letter %+v", l)
	}
	if err := s.Replay(t.Context(), kept.kept[0]); !errors.Is(err, answer) || len(kept.kept) != 1 {
		t.Errorf("replay while broken: %v, %d letters", err, len(kept.kept))
	}
	for name, l := range map[string]function.DeadLetter{
		"malformed":        {ID: 1, Function: "expire", Event: []byte("{}")},
		"unknown consumer": {ID: 1, Function: "gone", Event: kept.kept[0].Event},
	} {
		if err := s.Replay(t.Context(), l); err == nil || len(kept.kept) != 1 {
			t.Errorf("%s: %v, %d letters", name, err, len(kept.kept))
		}
	}
	answer = nil
	if err := s.Replay(t.Context(), kept.kept[0]); err != nil || len(kept.kept) != 0 {
		t.Errorf("replay: %v, %d letters", err, len(kept.kept))
	}
	kept.full = errors.New("full")
	if err := runner.DeadLetter(t.Context(), s, s.Consumers[1], nil, kept.full); !errors.Is(err, kept.full) {
		t.Errorf("no place: %v", err)
	}
}

// TestDeadReason: what a platform gives up is kept, as it was before, and not handled.
func TestDeadReason(t *testing.T) {
	t.Parallel()
	runner, registry := newRunner(t)
	kept := &letters{}
	c := function.On("expire", func(context.Context, event.ExpirationReached) error { t.Error("it was handled"); return nil }, event.ExpirationComplete)
	s := function.Service{Name: "test", DeadLetters: kept, Consumers: []function.Consumer{c}}
	was := message(t, reached(t, 1))
	e, err := event.Decode(was)
	if err != nil {
		t.Fatal(err)
	}
	e.SetExtension(function.DeadReason, "ten times")
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	kept.full = errors.New("full")
	if err := runner.Consume(t.Context(), s, c, data); err == nil || function.IsReject(err) {
		t.Errorf("no place: %v", err)
	}
	kept.full = nil
	if err := runner.Consume(t.Context(), s, c, data); err != nil {
		t.Fatal(err)
	}
	if l := kept.kept[0]; l.Reason != "ten times" || l.Function != "expire" || !bytes.Equal(l.Event, was) {
		t.Errorf("dead letter %+v, event %s", l, l.Event)
	}
	if count(t, registry, "ticketing_events_consumed_total", "outcome", "dead") != 1 {
		t.Error("it is not counted")
	}
}
