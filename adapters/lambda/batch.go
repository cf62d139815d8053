package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

// batch is what the dispatcher invokes a consumer with.
type batch struct {
	Consumer string            `json:"consumer"` // may be left out where the function is a single consumer
	Events   []json.RawMessage `json:"events"`   // CloudEvents in structured mode
}

// batchAnswer names the events that must come again, as consumers of SQS do. It is never null. An event
// that it does not name is done, or lies in the service's dead letters.
type batchAnswer struct {
	Failures []batchFailure `json:"batchItemFailures"`
}

type batchFailure struct {
	ID        string `json:"itemIdentifier"`      // the event's; empty if none could be read
	Temporary bool   `json:"temporary,omitempty"` // it is no fault of the event's: try for ever
}

// consume gives the consumer every event of a batch, some at once.
func (a *Adapter) consume(ctx context.Context, b batch) ([]byte, error) {
	c, err := a.consumer(b.Consumer)
	if err != nil {
		return nil, err
	}
	failures := make([]*batchFailure, len(b.Events))
	slots := make(chan struct{}, a.settings.Concurrency)
	var done sync.WaitGroup
	for i, data := range b.Events {
		slots <- struct{}{} // a handler gives it back when ctx ends, at the latest
		done.Go(func() {
			defer func() { <-slots }()
			failures[i] = a.consumeOne(ctx, c, data)
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

// consumeOne returns nil for done and for reject, since what is rejected lies in the dead letters.
func (a *Adapter) consumeOne(ctx context.Context, c function.Consumer, data []byte) *batchFailure {
	err := ctx.Err() // there may be no time left to begin
	if err == nil {
		err = a.runner.Consume(ctx, a.service, c, data)
	}
	if err == nil || function.IsReject(err) {
		return nil
	}
	f := &batchFailure{Temporary: ctx.Err() != nil || apierror.From(err).Temporary()}
	if e, err := event.Decode(data); err == nil {
		f.ID = e.ID()
	}
	return f
}

// consumer returns the one of that name, or the only one.
func (a *Adapter) consumer(name string) (function.Consumer, error) {
	if name == "" && len(a.service.Consumers) == 1 {
		return a.service.Consumers[0], nil
	}
	for _, c := range a.service.Consumers {
		if c.Name == name {
			return c, nil
		}
	}
	if name == "" {
		return function.Consumer{}, errors.New("lambda: the batch does not say which consumer it is for")
	}
	return function.Consumer{}, fmt.Errorf("lambda: this function is not consumer %q", name)
}
