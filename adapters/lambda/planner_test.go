package lambda

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/outbox"
)

// source is an outbox that counts who relays it.
type source struct {
	outbox.Source
	unsent bool
	relays int
	err    error
	hangs  bool
}

func (s *source) Unsent() bool { return s.unsent }

func (s *source) Relay(ctx context.Context, _ int, _ outbox.Send) (int, error) {
	s.relays++
	if s.hangs {
		<-ctx.Done()
		return 1, ctx.Err()
	}
	s.unsent = s.err != nil
	return 0, s.err
}

// planned notes what is planned to run, or refuses.
type planned struct {
	mu    sync.Mutex
	runs  map[string]int // how often it was set, by schedule and time
	err   error
	hangs bool
}

func (p *planned) RunAt(ctx context.Context, schedule string, at time.Time) error {
	if p.hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.runs[fmt.Sprint(schedule, " ", at.Format("15:04:05"))]++
	}
	return p.err
}

// withSource is a service with an outbox, and what is invoked. A scheduler may be nil.
func withSource(t *testing.T, s *source, scheduler *planned, schedules ...function.Schedule) *Adapter {
	t.Helper()
	nothing := func(context.Context) error { return nil }
	service := twice(func(ctx context.Context, ticket event.Ticket) error { return asTitled(ctx, ticket) }, nothing, func(http.ResponseWriter, *http.Request) {})
	service.Name, service.Outbox, service.DeadLetters, service.Consumers = "tickets", s, &letters{}, service.Consumers[:1]
	service.Schedules = append(service.Schedules, schedules...)
	values := functiontest.EventKeys().With(sending)
	aws := AWS{Bus: (&topic{}).connect}
	if scheduler != nil {
		scheduler.runs = map[string]int{}
		values["SCHEDULER_URL"], aws.Scheduler = "scheduler:///group", func(string) (Scheduler, error) { return scheduler, nil }
	}
	a, err := Open(func(config.Values) (function.Service, error) { return service, nil }, values, aws, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestSomebodySendsLater: what cannot be sent is left to a run in the next two minutes, and fails nothing. Where none can be planned, who is no client tries again.
func TestSomebodySendsLater(t *testing.T) {
	t.Parallel()
	for name, scheduler := range map[string]*planned{"set": {}, "refused": {err: errors.New("no right to")}, "no scheduler": nil} {
		synctest.Test(t, func(t *testing.T) {
			s := &source{err: errors.New("no bus"), unsent: true}
			a := withSource(t, s, scheduler)
			for from, payload := range map[string][]byte{"queue": queue(t, 1, 0, titled(t, "done")...), "schedule": []byte(`{"schedule":"tick"}`)} {
				if answer, err := a.Invoke(t.Context(), payload); (err == nil) != (name == "set") || err != nil && !errors.Is(err, s.err) {
					t.Errorf("%s, %s: answered %s, %v", name, from, answer, err)
				}
			}
			invoke(t, a, get)
			if name == "set" && scheduler.runs["tick 00:01:00"] == 0 { // synctest begins at midnight
				t.Errorf("set are %v", scheduler.runs)
			}
		})
	}
}

// TestSchedulesWithoutAClock: each is planned to run when it will have something to do, or, if it does not know, at its next full interval; once, and not while
// nothing may have changed.
func TestSchedulesWithoutAClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var due time.Time
		p, s := &planned{}, &source{}
		a := withSource(t, s, p,
			function.Every("knows", 15*time.Second, nil).DueAt(func(context.Context) (time.Time, error) { return due, nil }),
			function.Every("cannot say", time.Second, nil).DueAt(func(context.Context) (time.Time, error) { return due, errors.New("no database") }),
			function.Every("hourly", time.Hour, nil))
		for i, c := range []struct {
			pause, due time.Duration // from midnight, when synctest begins
			unsent     bool
			want       []string
		}{
			{0, 0, false, []string{"hourly 01:00:00", "tick 00:01:00", "tock 00:01:00"}},
			{time.Second, 150 * time.Second, false, nil},
			{time.Second, 150 * time.Second, true, []string{"knows 00:03:00"}},
			{time.Second, 150 * time.Second, true, nil},
			{55 * time.Second, 150 * time.Second, true, []string{"tick 00:02:00", "tock 00:02:00"}},                             // the minute that begins in two seconds is too near
			{2 * time.Hour, time.Minute, true, []string{"hourly 03:00:00", "knows 02:02:00", "tick 02:02:00", "tock 02:02:00"}}, // what is overdue: soon
		} {
			time.Sleep(c.pause)
			if s.unsent = c.unsent; c.due > 0 {
				due = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(c.due)
			}
			p.runs = map[string]int{}
			if _, err := a.Invoke(t.Context(), queue(t, 1, 0, titled(t, "done")...)); err != nil {
				t.Fatal(err)
			}
			if got := slices.Sorted(maps.Keys(p.runs)); !slices.Equal(got, c.want) {
				t.Errorf("invocation %d: set %q, want %q", i, got, c.want)
			}
		}
	})
}

// TestRunPlansTheNext: a schedule's run plans the next one of a schedule that knows when, although it has changed nothing and the outbox was relayed a moment before.
func TestRunPlansTheNext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var due time.Time
		p := &planned{}
		a := withSource(t, &source{}, p, function.Every("knows", time.Second, nil).DueAt(func(context.Context) (time.Time, error) { return due, nil }))
		for hours := range 2 {
			due = time.Now().Add(time.Duration(hours+1) * time.Hour)
			if _, err := a.Invoke(t.Context(), []byte(`{"schedule":"tick"}`)); err != nil {
				t.Fatal(err)
			}
		}
		if p.runs["knows 01:00:00"] != 1 || p.runs["knows 02:00:00"] != 1 {
			t.Errorf("set are %v", p.runs)
		}
	})
}

// TestSchedulerIsLeftAlone: if Scheduler hangs, one invocation waits for it, and not the next.
func TestSchedulerIsLeftAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &source{unsent: true}
		a := withSource(t, s, &planned{hangs: true})
		for i, want := range []time.Duration{sendWithin, 0, 0} {
			began := time.Now()
			s.unsent = true
			if invoke(t, a, get); time.Since(began) != want {
				t.Errorf("invocation %d waited %v, want %v", i, time.Since(began), want)
			}
		}
	})
}

// TestDatabaseIsLeftAlone: if the database hangs, one invocation waits for it, and those after it need not, whatever asks it.
func TestDatabaseIsLeftAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := withSource(t, &source{hangs: true}, &planned{}, function.Every("knows", time.Second, nil).DueAt(func(ctx context.Context) (time.Time, error) {
			<-ctx.Done()
			return time.Time{}, ctx.Err()
		}))
		for i, want := range []time.Duration{sendTries * sendWithin, 0, 0} {
			began := time.Now()
			if invoke(t, a, get); time.Since(began) != want {
				t.Errorf("invocation %d waited %v, want %v", i, time.Since(began), want)
			}
		}
	})
}

// TestPanicOfDue: a schedule that cannot even say when it is due ends no process, and keeps no other from being planned.
func TestPanicOfDue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &planned{}
		a := withSource(t, &source{}, p, function.Every("panics", time.Second, nil).DueAt(func(context.Context) (time.Time, error) { panic("oops") }))
		if invoke(t, a, get); len(p.runs) != 2 {
			t.Errorf("set are %v", p.runs)
		}
	})
}

// TestSchedulesWithoutAnOutbox: a service that announces nothing has its schedules planned by what it is told, too, and not by their own runs for ever.
func TestSchedulesWithoutAnOutbox(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var due time.Time
		p := &planned{}
		a := withSource(t, &source{}, p, function.Every("knows", time.Second, nil).DueAt(func(context.Context) (time.Time, error) { return due, nil }))
		a.service.Outbox, a.sender.relay.Source = nil, nil
		due = time.Now().Add(time.Hour)
		if _, err := a.Invoke(t.Context(), queue(t, 1, 0, titled(t, "done")...)); err != nil {
			t.Fatal(err)
		}
		if p.runs["knows 01:00:00"] != 1 {
			t.Errorf("set are %v", p.runs)
		}
		due, p.runs = time.Time{}, map[string]int{}
		if _, err := a.Invoke(t.Context(), []byte(`{"schedule":"tick"}`)); err != nil {
			t.Fatal(err)
		}
		if len(p.runs) > 0 {
			t.Errorf("a run of nothing plans %v", p.runs)
		}
	})
}
