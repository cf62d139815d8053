package expiration

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/outbox"
)

const (
	lease       = 15 * time.Second // longer than a relay takes for a batch, so that only a dead process's runs out
	longestWait = 30 * time.Second // in case a message was lost, or the clock was set
)

// Outbox is the outbox.Source of the deadlines that have passed. Any number of them may share a Redis.
type Outbox struct {
	agenda agenda
	now    func() time.Time

	// Used by Wait alone, until close.
	subscription *redis.PubSub
	earlier      <-chan any
}

var (
	_ outbox.Source = (*Outbox)(nil)
	_ outbox.Signer = (*Outbox)(nil)
)

func newOutbox(a agenda, now func() time.Time) *Outbox { return &Outbox{agenda: a, now: now} }

// SignWith has the events signed when their deadlines are set, so that any relay may send them.
func (o *Outbox) SignWith(s event.Signatures) { *o.agenda.signatures = s }

// Relay leases passed deadlines for 15 seconds, longer than send may take. After a crash they are due again when the
// lease ends; a deadline whose event was refused is due again at once.
func (o *Outbox) Relay(ctx context.Context, limit int, send outbox.Send) (int, error) {
	now := o.now()
	claims, err := o.agenda.claim(ctx, now, now.Add(lease), limit)
	if err != nil || len(claims) == 0 {
		return 0, err
	}
	events := make([]event.Event, len(claims))
	for i, c := range claims {
		draft, err := c.reached(ctx)
		if err == nil && draft.Signature == "" && o.agenda.signatures != nil { // set before events were signed
			err = o.agenda.signatures.Sign(&draft)
		}
		if err != nil {
			return len(claims), err
		}
		events[i] = draft.At(c.sequence, c.expiresAt.Time)
	}
	errs := send(ctx, events)
	err = o.agenda.settle(ctx, claims, errs, o.now())
	if failed := errors.Join(errs...); failed != nil {
		err = errors.Join(fmt.Errorf("expiration: outbox: %w", failed), err)
	}
	return len(claims), err
}

// Wait returns when the next deadline passes, when an earlier one is set, after 30 seconds, or when ctx
// ends. It is not for several goroutines.
func (o *Outbox) Wait(ctx context.Context) error {
	if o.subscription == nil {
		// The client reconnects by itself. Each new subscription is a message, too, and ends a wait: a deadline that
		// was set before it has sent no message to us.
		o.subscription = o.agenda.client.Subscribe(ctx, earlierName)
		o.earlier = o.subscription.ChannelWithSubscriptions()
	}
	for len(o.earlier) > 0 {
		<-o.earlier // older than what is read next
	}
	next, ok, err := o.agenda.next(ctx)
	if err != nil {
		return err
	}
	pause := longestWait
	if ok {
		pause = min(pause, next.Sub(o.now()))
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-o.earlier:
	case <-ctx.Done():
	}
	return ctx.Err()
}

func (o *Outbox) close() {
	if o.subscription != nil {
		_ = o.subscription.Close() // no longer needed
	}
}
