package function

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/gittix/ticketing/shared/event"
)

// Together is how many events of a consumer that handles them together (OnBatch) may be under way in one process.
const Together = 256

const (
	turnWithin = 250 * time.Millisecond // of an event that waits for the batch before it, which may hang
	batchTime  = 500 * time.Millisecond // of several, of which one may have to wait: for a lock, say
)

// OnBatch is On for a handler that does the same for many events as for one, and in no certain order: it is given those that came while it
// was busy, all at once, or one alone. Where it fails, panics or takes longer than half a second with several, it is given each alone, so that each
// event has its own outcome, and one that has to wait holds up no others for long.
func OnBatch[T event.Payload](name string, handle func(context.Context, []T) error, types ...event.Type[T]) Consumer {
	c := On(name, (&gathering[T]{handle: handle}).one, types...)
	c.Source = nameOf(handle)
	c.Batch = func(ctx context.Context, events []event.Event) (err error) {
		all := make([]T, len(events))
		for i, e := range events {
			if all[i], err = event.DataOf[T](e); err != nil {
				return Reject(err)
			}
		}
		return handle(ctx, all)
	}
	return c
}

// gathering lets events be handled together. One that comes while nothing is under way is handled at once. Those that come meanwhile wait: the
// first of them then handles all.
type gathering[T any] struct {
	handle func(context.Context, []T) error

	mu      sync.Mutex
	busy    bool // a batch is under way, whose end hands on what waits
	waiting []*waiter[T]
}

// waiter is an event that waits for its turn.
type waiter[T any] struct {
	ctx   context.Context //nolint:containedctx // it has the trace of its event
	event T
	turn  chan turn[T] // receives one
}

// turn says what becomes of an event that has waited.
type turn[T any] struct {
	batch []*waiter[T] // to be handled by this one, which is its first; nil: it was handled by another
	alone bool         // it was not, and has to be handled alone
}

// one handles an event, with others if there are any.
func (g *gathering[T]) one(ctx context.Context, e T) error {
	w := &waiter[T]{ctx, e, make(chan turn[T], 1)}
	if g.enter(w) {
		return g.lead(ctx, w, []*waiter[T]{w}, g.handOn)
	}
	timer := time.NewTimer(turnWithin)
	defer timer.Stop()
	select {
	case t := <-w.turn:
		return g.take(ctx, w, t)
	case <-timer.C:
		if batch := g.leave(w, true); batch != nil {
			return g.lead(ctx, w, batch, func() {})
		}
	case <-ctx.Done():
		if g.leave(w, false) != nil {
			return ctx.Err()
		}
	}
	return g.take(ctx, w, <-w.turn)
}

// enter reports whether an event comes while no batch is under way. Otherwise it waits from now on.
func (g *gathering[T]) enter(w *waiter[T]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.busy {
		g.waiting = append(g.waiting, w)
		return false
	}
	g.busy = true
	return true
}

// leave takes an event that waits still out of the queue, or all with it, and returns what it took.
func (g *gathering[T]) leave(w *waiter[T], all bool) (batch []*waiter[T]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	at := slices.Index(g.waiting, w)
	switch {
	case at < 0:
		return nil
	case all:
		g.waiting, batch = nil, g.waiting
		return batch
	}
	g.waiting = slices.Delete(g.waiting, at, at+1)
	return []*waiter[T]{w}
}

// handOn gives what waits to the first of it.
func (g *gathering[T]) handOn() {
	g.mu.Lock()
	defer g.mu.Unlock()
	batch := g.waiting
	g.waiting, g.busy = nil, len(batch) > 0
	if g.busy {
		batch[0].turn <- turn[T]{batch: batch}
	}
}

func (g *gathering[T]) take(ctx context.Context, w *waiter[T], t turn[T]) error {
	switch {
	case t.batch != nil:
		return g.lead(ctx, w, t.batch, g.handOn)
	case t.alone:
		return g.handle(ctx, []T{w.event})
	}
	return nil
}

// lead handles a batch for w, which is one of it, and says to the others what has become of them.
func (g *gathering[T]) lead(ctx context.Context, w *waiter[T], batch []*waiter[T], after func()) error {
	err := func() error {
		defer after()
		return g.try(ctx, batch)
	}()
	for _, other := range batch {
		if other != w {
			other.turn <- turn[T]{alone: err != nil}
		}
	}
	if err != nil && len(batch) > 1 {
		return g.handle(ctx, []T{w.event})
	}
	return err
}

// try handles a batch. A panic of one event alone is that event's.
func (g *gathering[T]) try(ctx context.Context, batch []*waiter[T]) (err error) {
	events, causes := make([]T, len(batch)), make([]context.Context, len(batch))
	for i, w := range batch {
		events[i], causes[i] = w.event, w.ctx
	}
	if len(batch) > 1 {
		defer func() {
			if recover() != nil {
				err = errPanic
			}
		}()
		limited, cancel := context.WithTimeout(ctx, batchTime)
		defer cancel()
		ctx = limited
	}
	return g.handle(context.WithValue(ctx, causesKey{}, causes), events)
}

type causesKey struct{}

// Cause returns the context of one event of those that ctx is for, by its place: what it causes belongs to its trace.
func Cause(ctx context.Context, i int) context.Context {
	if causes, ok := ctx.Value(causesKey{}).([]context.Context); ok {
		return causes[i]
	}
	return ctx
}

var errPanic = errors.New("function: the handler has panicked over several events")
