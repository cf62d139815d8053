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

// courier carries the events of one consumer, so many at once, one in each delivery.
//
// An event that finds its target away is carried again after a growing pause, or the one that the target
// asked for (up to AckWait). The same delivery does so during the first half of its time, so that every
// attempt has at least the other half, and then the next. One that its consumer failed goes back to the bus
// at once, which counts it. Batches are not worth their price here: an event would wait for others, and share
// their deadline.
type courier struct {
	route
	slots    chan struct{}
	stopping <-chan struct{} // closed when no delivery shall pause any more
	measures *measures
}

func newCourier(r route, concurrency int, stopping <-chan struct{}, m *measures) *courier {
	return &courier{r, make(chan struct{}, concurrency), stopping, m}
}

var errStopping = away{cause: errors.New("the dispatcher stops")}

// subscription is the consumer's part of one subject.
func (c *courier) subscription(subject string) bus.Subscription {
	return bus.Subscription{
		Subject:     subject,
		Group:       c.consumer,
		Concurrency: cap(c.slots),
		Handle: func(ctx context.Context, d bus.Delivery) error {
			return c.carry(ctx, read(subject, d.Data))
		},
		DeadLetter: func(ctx context.Context, d bus.Delivery, reason error) error {
			return c.bury(ctx, read(subject, d.Data), reason)
		},
	}
}

func (c *courier) carry(ctx context.Context, e event.Event) error {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-c.stopping:
		return errStopping
	case <-ctx.Done():
		return ctx.Err()
	}
	flight := c.measures.inFlight.WithLabelValues(c.consumer)
	flight.Inc()
	defer flight.Dec()
	err := c.insist(ctx, e)
	switch {
	case err == nil:
		c.count("done")
	case errors.Is(err, errRejected):
		c.count("rejected")
		return nil
	default:
		c.count("again")
	}
	return err
}

// insist delivers an event, again and again while the target is away and there is time enough.
func (c *courier) insist(ctx context.Context, e event.Event) error {
	begin := time.Now()
	for pause := firstPause; ; pause = min(2*pause, longPause) {
		err := c.target.deliver(ctx, e)
		var gone away
		if !errors.As(err, &gone) || ctx.Err() != nil {
			return err
		}
		select {
		case <-time.After(max(gone.pause, pause/2+rand.N(pause/2))):
		case <-c.stopping:
			return err
		case <-ctx.Done():
			return err
		}
		if end, ok := ctx.Deadline(); ok && time.Until(end) < time.Since(begin) {
			return err
		}
	}
}

// bury hands an event to its consumer as a dead letter. Until it is taken, the event stays on the bus.
func (c *courier) bury(ctx context.Context, e event.Event, reason error) error {
	e = e.Clone()
	text := strings.ToValidUTF8(reason.Error(), "?")
	e.SetExtension(function.DeadReason, strings.ToValidUTF8(text[:min(len(text), longReason)], ""))
	if err := c.target.deliver(ctx, e); err != nil && !errors.Is(err, errRejected) {
		return err
	}
	c.count("dead")
	return nil
}

func (c *courier) count(outcome string) {
	c.measures.deliveries.WithLabelValues(c.consumer, outcome).Inc()
}
