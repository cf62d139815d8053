package expiration

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/outbox"
)

// withoutRedis is the REDIS_URL of a service that keeps nothing itself.
const withoutRedis = "none"

var errNotDue = errors.New("expiration: the order has time left")

// queued keeps no deadlines: the event of an open order waits, hidden, in the consumer's queue until its deadline, and is announced then.
// Where an order was extended or kept, a later event waits for the later deadline, and orders ignores what the earlier one says.
// What is to be announced is in memory until it is sent: an invocation that cannot send it fails, and the event comes again.
type queued struct {
	now        func() time.Time
	signatures event.Signatures

	mu       sync.Mutex
	due      []event.Event
	sequence int64
}

var (
	_ outbox.Source = (*queued)(nil)
	_ outbox.Signer = (*queued)(nil)
	_ outbox.Teller = (*queued)(nil)
)

func (q *queued) service() function.Service {
	nothing := func(context.Context) error { return nil }
	return function.Service{
		Name:      "expiration",
		Settings:  []any{Settings{}},
		Consumers: []function.Consumer{function.On("schedule-expiration", q.announce, event.OrderCreated, event.OrderUpdated)},
		Outbox:    q,
		Clock:     &q.now,
		Start:     nothing, Ready: nothing, Stop: func() {},
	}
}

// announce says that an open order's time is up. Errors: apierror.Unavailable, to come again when it is.
func (q *queued) announce(ctx context.Context, o event.Order) error {
	if o.Status != event.OrderIsCreated {
		return nil
	}
	if left := o.Ends().Sub(q.now()); left > 0 {
		later := apierror.Unavailable(errNotDue)
		later.RetryAfter = left
		return later
	}
	draft, err := deadlineOf(ctx, o).reached(ctx)
	if err == nil {
		err = q.signatures.Sign(&draft)
	}
	if err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if slices.ContainsFunc(q.due, func(e event.Event) bool { return e.ID() == draft.ID }) {
		return nil // it could not be sent before
	}
	q.sequence++
	q.due = append(q.due, draft.At(q.sequence, o.Ends().Time))
	return nil
}

// SignWith implements outbox.Signer.
func (q *queued) SignWith(s event.Signatures) { q.signatures = s }

// Unsent implements outbox.Teller.
func (q *queued) Unsent() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.due) > 0
}

// Wait implements outbox.Source.
func (q *queued) Wait(ctx context.Context) error {
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return ctx.Err()
}

// Relay implements outbox.Source.
func (q *queued) Relay(ctx context.Context, limit int, send outbox.Send) (int, error) {
	q.mu.Lock()
	n := min(limit, len(q.due))
	events := q.due[:n:n]
	q.due = q.due[n:]
	q.mu.Unlock()
	if n == 0 {
		return 0, nil
	}
	var left []event.Event
	errs := send(ctx, events)
	for i, err := range errs {
		if err != nil {
			left = append(left, events[i])
		}
	}
	q.mu.Lock()
	q.due = append(left, q.due...)
	q.mu.Unlock()
	if failed := errors.Join(errs...); failed != nil {
		return n, fmt.Errorf("expiration: outbox: %w", failed)
	}
	return n, nil
}
