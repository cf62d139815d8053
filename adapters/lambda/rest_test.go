package lambda

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/outbox"
)

// run is one of a schedule.
type run struct {
	schedule string
	at       time.Time
}

// small is a service as a small stack runs it: its outbox, its bus, its scheduler, and its processes.
type small struct {
	bus.Conn
	t       *testing.T
	mu      sync.Mutex // planned
	service function.Service
	warm    bool                // processes live on; else each invocation has its own
	process map[string]*Adapter // those that do, by the function
	planned map[run]bool
	done    []run
	stored  []event.Event
	sent    []time.Time
	away    time.Time // the bus, until then
}

func newSmall(t *testing.T, warm bool, schedules ...function.Schedule) *small {
	s := &small{t: t, warm: warm, process: map[string]*Adapter{}, planned: map[run]bool{}}
	s.service = function.Service{Name: "tickets", Outbox: s, Schedules: schedules, Consumers: []function.Consumer{
		function.On("store", func(context.Context, event.Ticket) error { s.store(); return nil }, event.TicketCreated)}}
	return s
}

func (s *small) store() {
	s.stored = append(s.stored, functiontest.EventWithID(s.t, fmt.Sprint(time.Now()), event.TicketCreated, event.Ticket{ID: 1, UserID: 1, Title: "Opera", Price: 100}))
}

func (s *small) Wait(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }

func (s *small) Relay(ctx context.Context, _ int, send outbox.Send) (int, error) {
	all := s.stored
	s.stored = nil
	errs := send(ctx, all)
	for i, err := range errs {
		if err != nil {
			s.stored = append(s.stored, all[i])
		}
	}
	return len(all), errors.Join(errs...)
}

func (s *small) Publish(context.Context, string, []byte) error {
	if time.Now().Before(s.away) {
		return bus.ErrUnavailable
	}
	s.sent = append(s.sent, time.Now())
	return nil
}

func (s *small) RunAt(_ context.Context, schedule string, at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.planned[run{schedule, at}] = true
	return nil
}

func (s *small) invoke(name string, payload []byte) {
	s.t.Helper()
	a := s.process[name]
	if a == nil {
		values := functiontest.EventKeys().With(sending).With(config.Values{"SCHEDULER_URL": "scheduler:///group", "FUNCTIONS": name})
		var err error
		a, err = Open(func(config.Values) (function.Service, error) { return s.service, nil }, values,
			AWS{Bus: func(string) (bus.Conn, error) { return s, nil }, Scheduler: func(string) (Scheduler, error) { return s, nil }}, io.Discard)
		if err != nil {
			s.t.Fatal(err)
		}
	}
	if s.warm {
		s.process[name] = a
	}
	if _, err := a.Invoke(s.t.Context(), payload); err != nil {
		s.t.Errorf("%s: %v", name, err)
	}
}

// rest lets time pass, and runs whatever is planned, until nothing is.
func (s *small) rest() {
	s.t.Helper()
	for len(s.planned) > 0 {
		next := slices.MinFunc(slices.Collect(maps.Keys(s.planned)), func(a, b run) int { return a.at.Compare(b.at) })
		delete(s.planned, next)
		if time.Sleep(time.Until(next.at)); len(s.done) == 100 {
			s.t.Fatalf("it never rests: %v", s.done)
		}
		s.done = append(s.done, next)
		s.invoke(next.schedule, fmt.Appendf(nil, `{"schedule":%q}`, next.schedule))
	}
}

// last is when a schedule ran last.
func (s *small) last(schedule string) (at time.Time) {
	for _, r := range s.done {
		if r.schedule == schedule {
			at = r.at
		}
	}
	return at
}

func nothing(context.Context) error { return nil }

// TestNothingRunsAtRest: after a change each schedule runs, one that knows when at its time, and the others again after what that changes. Then nothing is
// planned any more.
func TestNothingRunsAtRest(t *testing.T) {
	t.Parallel()
	for _, warm := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var s *small
			due := time.Now().Add(10*time.Minute + 5*time.Second)
			s = newSmall(t, warm, function.Every("settle", 15*time.Second, func(context.Context) error {
				if !due.IsZero() && !time.Now().Before(due) {
					due = time.Time{}
					s.store()
				}
				return nil
			}).DueAt(func(context.Context) (time.Time, error) { return due, nil }), function.Every("ask", time.Minute, nothing), function.Every("sweep", time.Hour, nothing))
			s.invoke("store", queue(t, 1, 0, titled(t, "Opera")...))
			s.rest()
			if len(s.sent) != 2 {
				t.Fatalf("warm %v: sent at %v, ran %v", warm, s.sent, s.done)
			}
			changed := s.sent[1]
			if late := time.Since(changed) - time.Hour; late > 0 || s.last("settle").Sub(changed) != 0 || !s.last("ask").After(changed) || !s.last("sweep").After(changed) {
				t.Errorf("warm %v: changed at %v, ran %v", warm, changed, s.done)
			}
		})
	}
}

// TestSentAgain: what a bus that is away does not take is sent in the two minutes after it is back, and then nothing is planned any more.
func TestSentAgain(t *testing.T) {
	t.Parallel()
	for _, warm := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := newSmall(t, warm, function.Every("ask", time.Minute, nothing), function.Every("sweep", time.Hour, nothing))
			s.away = time.Now().Add(5 * time.Minute)
			s.invoke("store", queue(t, 1, 0, titled(t, "Opera")...))
			s.rest()
			if len(s.sent) != 1 || s.sent[0].Sub(s.away) > 2*time.Minute || !s.last("ask").After(s.sent[0]) {
				t.Errorf("warm %v: back at %v, sent at %v, ran %v", warm, s.away, s.sent, s.done)
			}
		})
	}
}

// TestHangingRunPlansTheNext: a schedule's run that takes all the time there is is not the last one.
func TestHangingRunPlansTheNext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &planned{}
		a := withSource(t, &source{}, p, function.Every("hangs", time.Hour, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }).
			DueAt(func(ctx context.Context) (time.Time, error) { return time.Now(), ctx.Err() }))
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		if _, err := a.Invoke(ctx, []byte(`{"schedule":"hangs"}`)); err == nil || ctx.Err() != nil || p.runs["hangs 00:01:00"] != 1 {
			t.Errorf("%v, %v: planned are %v", err, ctx.Err(), p.runs)
		}
	})
}
