package lambda

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

// batch is what the dispatcher invokes a consumer with.
type batch struct {
	Consumer string            `json:"consumer"`
	Events   []json.RawMessage `json:"events"` // CloudEvents in structured mode
}

// batchAnswer names the events that must come again, as consumers of SQS do. It is never null. An event
// that it does not name is done, or is among the service's dead letters.
type batchAnswer struct {
	Failures []batchFailure `json:"batchItemFailures"`
}

type batchFailure struct {
	ID        string `json:"itemIdentifier"`      // the event's, empty if none could be read; of a queue the message's
	Temporary bool   `json:"temporary,omitempty"` // the event is not at fault: try until BUS_GIVE_UP; not said to a queue
	reason    error
	after     time.Duration // that the consumer asks to be left alone for
}

func (a *Adapter) consumer(name string) (function.Consumer, error) {
	return chosen(name, a.service.Consumers, func(c function.Consumer) string { return c.Name })
}

// consume gives the consumer every event of a batch from the dispatcher.
func (a *Adapter) consume(ctx context.Context, b batch) ([]byte, error) {
	c, err := a.consumer(b.Consumer)
	if err != nil {
		return nil, err
	}
	return a.each(len(b.Events), func(i int) *batchFailure { return a.consumeOne(ctx, c, b.Events[i]) })
}

// each consumes n events, some at once, and answers which must come again.
func (a *Adapter) each(n int, one func(i int) *batchFailure) ([]byte, error) {
	failures := make([]*batchFailure, n)
	slots := make(chan struct{}, a.settings.Concurrency)
	var done sync.WaitGroup
	for i := range n {
		slots <- struct{}{} // a handler gives it back when its context ends, at the latest
		done.Go(func() {
			defer func() { <-slots }()
			failures[i] = one(i)
		})
	}
	done.Wait()
	answer := batchAnswer{Failures: []batchFailure{}}
	for _, f := range failures {
		if f != nil {
			answer.Failures = append(answer.Failures, *f)
		}
	}
	return json.Marshal(answer)
}

// consumeOne returns nil for done and for reject, since what is rejected is among the dead letters.
func (a *Adapter) consumeOne(ctx context.Context, c function.Consumer, data []byte) *batchFailure {
	e, malformed := event.Decode(data)
	err := ctx.Err() // there may be no time left to begin
	if err == nil && malformed == nil {
		err = c.Consumes(e.Type()) // first: this version may lack the key of its publisher
	}
	if err == nil {
		err = a.runner.Consume(ctx, a.service, c, data)
	}
	if err == nil || function.IsReject(err) {
		return nil
	}
	failure := apierror.From(err)
	return &batchFailure{ID: e.ID(), Temporary: ctx.Err() != nil || failure.Temporary(), reason: err, after: failure.RetryAfter}
}

// tick runs a schedule once. Its failure is the invocation's, so that the scheduler and its alarms see it.
func (a *Adapter) tick(ctx context.Context, name string) ([]byte, error) {
	s, err := chosen(name, a.service.Schedules, func(s function.Schedule) string { return s.Name })
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok && a.planner.scheduler != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-finishWithin)) // a run that hangs must not be the last one
		defer cancel()
	}
	if err := a.runner.Tick(ctx, a.service, s); err != nil {
		return nil, fmt.Errorf("lambda: schedule %s: %w", s.Name, err)
	}
	return json.Marshal(map[string]string{"done": s.Name})
}

// chosen returns the function of that name, or the only one if the payload gives no name.
func chosen[F any](name string, all []F, nameOf func(F) string) (f F, err error) {
	if name == "" && len(all) == 1 {
		return all[0], nil
	}
	for _, f := range all {
		if nameOf(f) == name {
			return f, nil
		}
	}
	if name == "" {
		return f, fmt.Errorf("lambda: the payload does not say which of %d functions it is for", len(all))
	}
	return f, fmt.Errorf("lambda: this is not the function %q", name)
}
