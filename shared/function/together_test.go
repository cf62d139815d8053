package function_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// batches are what a handler was given.
type batches struct {
	mu  sync.Mutex
	all [][]int32
}

func (b *batches) note(events []event.ExpirationReached) (ids []int32) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range events {
		ids = append(ids, e.ID)
	}
	slices.Sort(ids)
	b.all = append(b.all, ids)
	return ids
}

// consumes gives a consumer events at the same time, after an event 0 which its handler holds until all wait, and returns the error of each.
func consumes(t *testing.T, handle func(context.Context, []event.ExpirationReached) error, n int32) map[int32]error {
	t.Helper()
	held := make(chan struct{})
	c := function.OnBatch("watch", func(ctx context.Context, events []event.ExpirationReached) error {
		if events[0].ID == 1000 {
			<-held
			return nil
		}
		return handle(ctx, events)
	}, event.ExpirationComplete)
	give := func(id int32) error {
		return c.Handle(t.Context(), functiontest.Event(t, event.ExpirationComplete, event.ExpirationReached{ID: id, ExpiresAt: noon}))
	}
	errs := map[int32]error{}
	var mu sync.Mutex
	var all sync.WaitGroup
	all.Go(func() { _ = give(1000) })
	synctest.Wait()
	for id := range n {
		all.Go(func() {
			err := give(id + 1)
			mu.Lock()
			defer mu.Unlock()
			errs[id+1] = err
		})
	}
	synctest.Wait()
	close(held)
	all.Wait()
	return errs
}

// Events that come while the handler is busy are handled together by its next call.
func TestTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got batches
		errs := consumes(t, func(_ context.Context, events []event.ExpirationReached) error {
			got.note(events)
			return nil
		}, 5)
		for id, err := range errs {
			if err != nil {
				t.Errorf("%d: %v", id, err)
			}
		}
		if fmt.Sprint(got.all) != "[[1 2 3 4 5]]" {
			t.Errorf("handled %v", got.all)
		}
	})
}

// Where a batch fails, each event is handled alone: one that fails, or panics, is failed by itself.
func TestEachItsOwnOutcome(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func() error{
		"error":  func() error { return errBroken },
		"reject": func() error { return function.Reject(errBroken) },
		"panic":  func() error { panic(errBroken) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var got batches
				errs := consumes(t, func(_ context.Context, events []event.ExpirationReached) (err error) {
					if ids := got.note(events); slices.Contains(ids, 3) {
						if len(ids) == 1 && name == "panic" {
							return errBroken // a panic of one alone is the platform's to see
						}
						return fail()
					}
					return nil
				}, 4)
				for id, err := range errs {
					if (id == 3) != errors.Is(err, errBroken) || function.IsReject(err) != (id == 3 && name == "reject") {
						t.Errorf("%d: %v", id, err)
					}
				}
				if len(got.all) != 5 || len(got.all[0]) != 4 {
					t.Errorf("handled %v", got.all)
				}
			})
		})
	}
}

// An event that hangs holds up those behind it by less than a second, and one whose time is up waits no longer.
func TestHangingBatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // where time is only counted
		hang := make(chan struct{})
		c := function.OnBatch("watch", func(_ context.Context, events []event.ExpirationReached) error {
			if events[0].ID == 1 {
				<-hang
			}
			return nil
		}, event.ExpirationComplete)
		give := func(ctx context.Context, id int32) error {
			return c.Handle(ctx, functiontest.Event(t, event.ExpirationComplete, event.ExpirationReached{ID: id, ExpiresAt: noon}))
		}
		go func() { _ = give(t.Context(), 1) }()
		synctest.Wait()
		began := time.Now()
		soon, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if err := give(soon, 2); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("out of time: %v", err)
		}
		for id := range int32(3) {
			if err := give(t.Context(), 3+id); err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("three events behind one that hangs took %v", took)
		}
		close(hang)
	})
}

// One that waits, for a lock say, holds up those of its batch for a moment only.
func TestWaitingInABatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began, took := time.Now(), map[int32]time.Duration{}
		var mu sync.Mutex
		errs := consumes(t, func(ctx context.Context, events []event.ExpirationReached) error {
			if slices.ContainsFunc(events, func(e event.ExpirationReached) bool { return e.ID == 2 }) {
				select {
				case <-time.After(3 * time.Second):
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			mu.Lock()
			defer mu.Unlock()
			for _, e := range events {
				took[e.ID] = time.Since(began)
			}
			return nil
		}, 3)
		if errs[1] != nil || errs[2] != nil || errs[3] != nil || max(took[1], took[3]) > time.Second || took[2] < 3*time.Second {
			t.Errorf("%v, after %v", errs, took)
		}
	})
}

// What is caused by an event belongs to its trace, whichever events it is handled with.
func TestCause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		held := make(chan struct{})
		traces := map[int32]string{}
		c := function.OnBatch("watch", func(ctx context.Context, events []event.ExpirationReached) error {
			for i, e := range events {
				traces[e.ID] = trace.SpanContextFromContext(function.Cause(ctx, i)).TraceID().String()
			}
			if events[0].ID == 1 {
				<-held
			}
			return nil
		}, event.ExpirationComplete)
		var all sync.WaitGroup
		for id := range int32(3) {
			all.Go(func() {
				ctx := trace.ContextWithSpanContext(t.Context(), trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{byte(id + 1)}, SpanID: trace.SpanID{1}}))
				if err := c.Handle(ctx, functiontest.Event(t, event.ExpirationComplete, event.ExpirationReached{ID: id + 1, ExpiresAt: noon})); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		close(held)
		all.Wait()
		for id := range int32(3) {
			if want := (trace.TraceID{byte(id + 1)}).String(); traces[id+1] != want {
				t.Errorf("%d is in trace %s, want %s", id+1, traces[id+1], want)
			}
		}
		if traces := function.Cause(t.Context(), 0); traces != t.Context() {
			t.Error("without a batch, it is the context itself")
		}
	})
}
