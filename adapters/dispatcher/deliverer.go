package dispatcher

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

const (
	firstPause = 100 * time.Millisecond
	longPause  = 2 * time.Second
	longReason = 300 // bytes, since it travels in a header
)

// deliverer brings events to one consumer, a limited number at once, one in each delivery.
//
// When the target is unavailable, the delivery tries again after a growing pause, or the one that the target asked for (up to AckWait).
// It does so during the first half of its time, so that every attempt has at least the other half, and then leaves the event to
// the next delivery. An event that its consumer failed goes back to the bus at once, which counts it. Events are not sent in
// batches: each would wait for the others, and share their deadline.
type deliverer struct {
	route
	slots    chan struct{}
	stopping <-chan struct{} // closed when deliveries must not pause any more
	metrics  *metrics
}

var errStopping = unavailable{cause: errors.New("the dispatcher stops")}

// subscription is the consumer's part of one subject.
func (d *deliverer) subscription(subject string) bus.Subscription {
	s := bus.Subscription{
		Subject:     subject,
		Group:       d.consumer,
		Concurrency: cap(d.slots),
		Handle: func(ctx context.Context, message bus.Delivery) error {
			return d.deliver(ctx, read(subject, message.Data))
		},
	}
	if e, ok := d.target.(endpoint); !ok || !e.broker { // it would bring a dead letter to every consumer
		s.DeadLetter = func(ctx context.Context, message bus.Delivery, reason error) error {
			return d.deadLetter(ctx, read(subject, message.Data), reason)
		}
	}
	return s
}

func (d *deliverer) deliver(ctx context.Context, e event.Event) error {
	select {
	case d.slots <- struct{}{}:
		defer func() { <-d.slots }()
	case <-d.stopping:
		return errStopping
	case <-ctx.Done():
		return ctx.Err()
	}
	flight := d.metrics.inFlight.WithLabelValues(d.consumer)
	flight.Inc()
	defer flight.Dec()
	err := d.retry(ctx, e)
	switch {
	case err == nil:
		d.count("done")
	case errors.Is(err, errRejected):
		d.count("rejected")
		return nil
	default:
		d.count("again")
	}
	return err
}

// retry delivers an event, again and again while the target is unavailable and there is time enough.
func (d *deliverer) retry(ctx context.Context, e event.Event) error {
	begin := time.Now()
	for pause := firstPause; ; pause = min(2*pause, longPause) {
		err := d.target.deliver(ctx, e)
		var gone unavailable
		if !errors.As(err, &gone) || ctx.Err() != nil {
			return err
		}
		select {
		case <-time.After(max(gone.pause, pause/2+rand.N(pause/2))):
		case <-d.stopping:
			return err
		case <-ctx.Done():
			return err
		}
		if end, ok := ctx.Deadline(); ok && time.Until(end) < time.Since(begin) {
			return err
		}
	}
}

// deadLetter hands an event to its consumer as a dead letter. Until the consumer has it, the event stays on the bus.
func (d *deliverer) deadLetter(ctx context.Context, e event.Event, reason error) error {
	text := strings.ToValidUTF8(reason.Error(), "?")
	e.SetExtension(function.DeadReason, strings.ToValidUTF8(text[:min(len(text), longReason)], ""))
	if err := d.target.deliver(ctx, e); err != nil && !errors.Is(err, errRejected) {
		return err
	}
	d.count("dead")
	return nil
}

func (d *deliverer) count(outcome string) {
	d.metrics.deliveries.WithLabelValues(d.consumer, outcome).Inc()
}
