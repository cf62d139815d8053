package notifications

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
)

// channel is a way to reach people or programs.
type channel struct {
	name     string
	timeout  time.Duration // of one attempt
	retryFor time.Duration // from when a message is due: an attempt that fails after that is the last
	shown    bool          // users see why attempts have failed
	send     func(context.Context, delivery) error
}

const (
	workers    = 8                      // of each channel, in each process
	runWithin  = time.Minute            // with the last attempt
	lookAgain  = 500 * time.Millisecond // while others are at work: what waits is not to wait for them
	noteWithin = 10 * time.Second       // a claim, or what became of an attempt
	errorsTold = 5                      // of a run
)

// lease is how long one attempt may be under way, with its claim and its note.
func (c channel) lease() time.Duration { return c.timeout + 2*noteWithin }

// run sends what is due, several at once. A target that hangs keeps one worker busy until the attempt's time is up; the others go on
// meanwhile, with what becomes due, too. Where the way to all targets is away, nothing more is begun: the next run tries again.
//
// Errors: apierror.Unavailable. Failed attempts are noted and logged.
func (n *Notifications) run(ctx context.Context, c channel) error {
	ctx, cancel := context.WithTimeout(ctx, runWithin-c.timeout-noteWithin) // what is begun last ends within the run
	defer cancel()
	attempts := context.WithoutCancel(ctx) // are not cut off
	var (
		errs  []error
		ended = make(chan error, workers)
		busy  = 0
		open  = true // more is begun
	)
	for {
		if open && busy < workers {
			d, err := n.claim(attempts, c)
			if err == nil {
				busy++
				go func() { ended <- n.attempt(attempts, c, d) }()
				continue
			}
			if !isNone(err) {
				errs, open = append(errs, err), false
			}
		}
		if busy == 0 {
			return errors.Join(errs[:min(len(errs), errorsTold)]...)
		}
		var again <-chan time.Time
		var over <-chan struct{}
		if open {
			over = ctx.Done()
			if busy < workers {
				again = time.After(lookAgain)
			}
		}
		select {
		case err := <-ended:
			busy--
			var away unreachable
			switch {
			case errors.As(err, &away):
				open = false
			case err != nil:
				errs = append(errs, err)
			}
			open = open && ctx.Err() == nil
		case <-again:
		case <-over:
			open = false
		}
	}
}

// attempt sends a delivery once and notes what became of it. A crash in between sends it again. Errors: unreachable; that it could not be noted.
func (n *Notifications) attempt(ctx context.Context, c channel, d delivery) error {
	failed := errLost
	if !d.Lost || n.now().Before(d.Until) {
		sending, cancel := context.WithTimeout(ctx, c.timeout)
		failed = function.Guard(sending, func() error { return c.send(sending, d) })
		cancel()
	}
	noting, cancel := context.WithTimeout(ctx, noteWithin)
	defer cancel()
	if err := n.note(noting, c, d, failed); err != nil {
		return err
	}
	var away unreachable
	if errors.As(failed, &away) {
		return away
	}
	return nil
}

// note stores, counts and logs what an attempt came to.
func (n *Notifications) note(ctx context.Context, c channel, d delivery, failed error) error {
	log := function.Log(ctx).With("channel", c.name, "delivery", d.ID, "kind", d.Kind, "target", d.Target, "attempts", d.Attempts)
	var useless notNeeded
	switch {
	case failed == nil:
		return n.end(ctx, d, sent, "")
	case errors.As(failed, &useless):
		log.InfoContext(ctx, "a message is of no use any more", "reason", failed)
		return n.end(ctx, d, dropped, string(useless))
	}
	return n.noteFailure(ctx, log, c, d, failed)
}

func (n *Notifications) noteFailure(ctx context.Context, log *slog.Logger, c channel, d delivery, failed error) error {
	var (
		away   unreachable
		target paused
	)
	now, reason := n.now(), text(failed.Error())
	at, told := now.Add(pause(d.Attempts)), reason
	held := errors.As(failed, &target)
	switch {
	case held:
		at = target.until
	case errors.As(failed, &away) && at.After(now.Add(awayPause)):
		at = now.Add(awayPause)
	}
	if c.shown && !held {
		told = errOurs
	}
	var change func(postgres.Tx) error
	switch last := !now.Before(d.Until) || isRefused(failed); {
	case !last:
		log.WarnContext(ctx, "a message is tried again later", "at", at, "reason", reason)
		n.metrics.count(c.name, retried)
		change = func(tx postgres.Tx) error { return postpone(ctx, tx, d, at, told) }
	case c.shown: // its user sees it, and can have it sent again
		log.WarnContext(ctx, "a message to a webhook is given up", "reason", reason)
		n.metrics.count(c.name, givenUp)
		change = func(tx postgres.Tx) error { _, err := end(ctx, tx, d, dead, told, now); return err }
	default:
		log.ErrorContext(ctx, "event goes to the dead letters", "reason", reason) // in these words, by which an alarm on AWS knows it
		n.metrics.count(c.name, givenUp)
		return n.giveUp(ctx, d, reason)
	}
	var ended int64
	err := n.transaction(ctx, func(tx postgres.Tx) error { // one: or another message could be sent to the target in between
		err := change(tx)
		if err == nil && held {
			ended, err = holdTarget(ctx, tx, d, now, at, told)
		}
		return err
	})
	if err == nil {
		n.metrics.outcomes.WithLabelValues(c.name, givenUp).Add(float64(ended))
	}
	return err
}

// end notes that a delivery was sent or is of no use any more.
func (n *Notifications) end(ctx context.Context, d delivery, s state, reason string) error {
	news, err := end(ctx, n.db, d, s, reason, n.now())
	if news {
		n.metrics.count(d.Channel, string(s))
	}
	return err
}
