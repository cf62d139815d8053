package notifications

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
)

// channel is a way to reach people or programs.
type channel struct {
	name     string
	timeout  time.Duration // of one attempt
	retryFor time.Duration // from when a message is due until it is given up
	together bool          // after a failure, all that goes to the same target waits with it
	send     func(context.Context, delivery) error
}

const (
	workers     = 8                      // of each channel, in each process
	beginWithin = 30 * time.Second       // of a run, attempts are begun
	runWithin   = time.Minute            // with the last attempt
	lookAgain   = 500 * time.Millisecond // while others are at work: what waits is not to wait for them
	noteWithin  = 10 * time.Second       // what became of an attempt
	errorsTold  = 5                      // of a run
)

// run sends what is due, several at once, each by a claim of its own. A target that hangs keeps one worker busy until the attempt's
// time is up; the others go on meanwhile, with what becomes due, too.
//
// Errors: apierror.Unavailable. Failed attempts are noted and logged.
func (n *Notifications) run(ctx context.Context, c channel) error {
	ctx, cancel := context.WithTimeout(ctx, beginWithin)
	defer cancel()
	var (
		group sync.WaitGroup
		busy  atomic.Int32
		mu    sync.Mutex
		errs  []error
	)
	work := func() (bool, error) {
		attempt := context.WithoutCancel(ctx)
		now := n.now()
		d, err := claim(attempt, n.db, c.name, now, now.Add(c.timeout+2*noteWithin))
		if err != nil {
			return false, postgres.NoRows(err, nil)
		}
		busy.Add(1)
		defer busy.Add(-1)
		return true, n.attempt(attempt, c, d)
	}
	for range workers {
		group.Go(func() {
			for ctx.Err() == nil {
				found, err := work()
				if err != nil {
					mu.Lock()
					errs = append(errs, err)
					mu.Unlock()
				}
				switch {
				case found:
				case err != nil || busy.Load() == 0:
					return
				default:
					select {
					case <-ctx.Done():
					case <-time.After(lookAgain):
					}
				}
			}
		})
	}
	group.Wait()
	return errors.Join(errs[:min(len(errs), errorsTold)]...)
}

// attempt sends a delivery once and notes what became of it. A crash in between sends it again.
func (n *Notifications) attempt(ctx context.Context, c channel, d delivery) error {
	sending, cancel := context.WithTimeout(ctx, c.timeout)
	err := c.send(sending, d)
	cancel()
	ctx, cancel = context.WithTimeout(ctx, noteWithin)
	defer cancel()
	return n.note(ctx, c, d, err)
}

// note stores, counts and logs what an attempt came to.
func (n *Notifications) note(ctx context.Context, c channel, d delivery, failed error) error {
	var useless notNeeded
	log := function.Log(ctx).With("delivery", d.ID, "kind", d.Kind, "target", d.Target, "attempts", d.Attempts)
	switch {
	case failed == nil:
		return n.end(ctx, d, sent, "")
	case errors.As(failed, &useless):
		log.InfoContext(ctx, "a message is of no use any more", "reason", failed)
		return n.end(ctx, d, dropped, string(useless))
	}
	reason := text(failed.Error())
	if at, again := d.next(n.now()); again && !isRefused(failed) {
		log.WarnContext(ctx, "a message is tried again later", "at", at, "reason", reason)
		n.metrics.count(c.name, retried)
		return postpone(ctx, n.db, d, at, reason, c.together)
	}
	log.ErrorContext(ctx, "event goes to the dead letters", "reason", reason) // in these words, by which an alarm on AWS knows it
	n.metrics.count(c.name, givenUp)
	return n.giveUp(ctx, d, reason)
}

// end notes that a delivery is over.
func (n *Notifications) end(ctx context.Context, d delivery, s state, reason string) error {
	news, err := end(ctx, n.db, d, s, reason, n.now())
	if news {
		n.metrics.count(d.Channel, string(s))
	}
	return err
}

// transaction runs fn in a transaction that announces nothing.
func (n *Notifications) transaction(ctx context.Context, fn func(postgres.Tx) error) error {
	_, err := n.db.Change(ctx, func(tx postgres.Tx) (event.Draft, error) { return event.Draft{}, fn(tx) })
	return err
}

// isNone reports whether there was no such row.
func isNone(err error) bool { return errors.Is(err, pgx.ErrNoRows) }
