// Package outbox sends events that were stored together with the change that caused them.
//
// Its promise: an event is sent if and only if its change was committed, at least once, despite any
// crash. A Source keeps the events (postgres.Outbox; for the expiration service, Redis); the Relay sends
// them, and a Source forgets an event only after the broker has acknowledged it. Several relays may share
// a source. The order of events is not promised, and consumers do not need it.
package outbox

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gittix/ticketing/shared/event"
)

// Source keeps events until they are sent.
type Source interface {
	// Wait returns nil when events may be waiting, at the latest after the source's poll interval.
	Wait(ctx context.Context) error
	// Relay claims at most limit unsent events, hands them to send, and marks as sent those whose error is nil.
	// It returns how many it claimed, and the first error, of send or the source.
	Relay(ctx context.Context, limit int, send Send) (claimed int, err error)
}

// Replayer is a Source that keeps sent events for a while.
type Replayer interface {
	// Replay sends again what was stored at or after since and before until (zero: until now), and returns how many events that are.
	Replay(ctx context.Context, since, until time.Time) (int64, error)
}

// Signer is a Source whose events are signed when they are stored, so that any relay may send them.
type Signer interface {
	SignWith(event.Signatures)
}

// Notifier is a Source that notifies the relays of other processes of what this one has stored, where this one does not relay: a moment
// after the change, and without making it wait.
type Notifier interface {
	// Notified returns when that is done, or ctx ends. It is for processes that are frozen when they have answered.
	Notified(ctx context.Context)
}

// Teller is a Source that knows what its own process has stored.
type Teller interface {
	// Unsent reports whether that may include events that no Relay has claimed. It does not ask the database.
	Unsent() bool
}

// Send sends events and returns an error for each, in their order.
type Send func(ctx context.Context, events []event.Event) []error

// Relay moves events from a source to a broker for as long as it runs.
type Relay struct {
	Source  Source
	Publish func(context.Context, event.Event) error // returns nil only after the broker's acknowledgement
	Log     *slog.Logger
}

const (
	batch       = 256
	inFlight    = 64
	lanes       = 2                      // batches under way at the same time
	besideAfter = 500 * time.Millisecond // with a batch, before the next is sent beside it
	busy        = 8                      // events of a batch, from which on the next one waits for company
	company     = 5 * time.Millisecond   // from such a batch to the next
	sendWithin  = 5 * time.Second        // for the events of one batch
	relayWithin = 10 * time.Second       // for claiming, sending and marking them
	firstPause  = 50 * time.Millisecond
	longPause   = time.Second
)

// Run relays until ctx ends. A broker or source that is unavailable is tried again with growing pauses of at most a second. An event
// that the broker does not take, or does not answer, is tried again as long, and delays those behind it by at most that second.
//
// While many events come, those of a few milliseconds are relayed together. One that comes alone waits for no others.
func (r Relay) Run(ctx context.Context) {
	free, underWay := make(chan struct{}, lanes), sync.WaitGroup{}
	defer underWay.Wait()
	pause := firstPause
	for {
		select {
		case free <- struct{}{}:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			return
		}
		done := make(chan round, 1)
		underWay.Go(func() {
			defer func() { <-free }()
			did := r.once(context.WithoutCancel(ctx)) // also when ctx ends meanwhile, it marks what it sent
			if did.err != nil {
				r.Log.WarnContext(ctx, "outbox: relay will try again", "sent", did.sent, "error", did.err)
			}
			done <- did
		})
		var last round
		select {
		case last = <-done:
		case <-time.After(besideAfter): // others are sent beside what hangs
			continue
		}
		failed := last.err != nil && last.sent == 0 // else what failed did so by itself
		if !failed && last.claimed < batch {
			if err := r.Source.Wait(ctx); err != nil && ctx.Err() == nil {
				r.Log.WarnContext(ctx, "outbox: relay cannot wait for events", "error", err)
				failed = true
			}
		}
		if !failed {
			pause = firstPause
			if last.claimed >= busy && last.claimed < batch {
				sleep(ctx, time.Until(last.ended.Add(company)))
			}
			continue
		}
		sleep(ctx, pause/2+rand.N(pause/2))
		pause = min(2*pause, longPause)
	}
}

// sleep returns after a time, or when ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// round is what came of one batch.
type round struct {
	claimed, sent int
	err           error // the first
	ended         time.Time
}

// Flush relays what is waiting now, and returns when nothing is left or ctx ends.
// Errors: the first, of Publish, the source or ctx; what is left then waits for the next relay.
func (r Relay) Flush(ctx context.Context) error {
	for {
		if last := r.once(ctx); last.err != nil || last.claimed < batch {
			return last.err
		}
	}
}

// once relays a batch.
func (r Relay) once(ctx context.Context) (did round) {
	ctx, cancel := context.WithTimeout(ctx, relayWithin)
	defer cancel()
	did.claimed, did.err = r.Source.Relay(ctx, batch, func(ctx context.Context, events []event.Event) []error {
		errs := r.send(ctx, events)
		for _, err := range errs {
			if err == nil {
				did.sent++
			}
		}
		return errs
	})
	did.ended = time.Now()
	return did
}

func (r Relay) send(ctx context.Context, events []event.Event) []error {
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	errs := make([]error, len(events))
	var group errgroup.Group
	group.SetLimit(inFlight)
	for i, e := range events {
		group.Go(func() error {
			errs[i] = r.Publish(ctx, e)
			return nil
		})
	}
	_ = group.Wait() // every error is in errs
	return errs
}
