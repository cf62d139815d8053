package bus

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"
)

// receive takes one delivery through its handler and settles it.
func (b *Bus) receive(sub *subscriber, m Message) {
	log := b.log.With("subject", sub.Subject, "group", sub.Group, "message", m.ID, "attempt", m.Attempt)
	if !b.enter() {
		giveBack(log, m)
		return
	}
	defer b.handlers.Done()
	if !sub.claim(m.ID) {
		return // the delivery that is under way will settle it, or it comes again
	}
	defer sub.release(m.ID)
	select {
	case sub.slots <- struct{}{}:
		defer func() { <-sub.slots }()
	case <-b.stopping:
		giveBack(log, m)
		return
	}
	b.handle(sub, m, log)
}

// enter registers a delivery, unless no handler may start any more.
func (b *Bus) enter() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stopped {
		return false
	}
	b.handlers.Add(1)
	return true
}

func giveBack(log *slog.Logger, m Message) {
	if err := m.Retry(0); err != nil {
		log.Debug("bus: message not given back, it comes again", "error", err)
	}
}

func (b *Bus) handle(sub *subscriber, m Message, log *slog.Logger) {
	d := Delivery{Data: m.Data, Attempt: m.Attempt}
	err := b.try(log, func(ctx context.Context) error { return sub.Handle(ctx, d) })
	if err != nil {
		if sub.DeadLetter == nil || !b.isLast(sub, m, err) {
			log.Warn("bus: handler failed, the message comes again", "error", err)
			b.retry(log, m)
			return
		}
		if failure := b.try(log, func(ctx context.Context) error { return sub.DeadLetter(ctx, d, err) }); failure != nil {
			log.Error("bus: dead letter not stored, the message comes again", "error", failure, "reason", err)
			b.retry(log, m)
			return
		}
		log.Error("bus: message went to the dead letters", "reason", err)
	}
	sub.forget(m.ID)
	if err := m.Ack(); err != nil {
		log.Warn("bus: ack not sent, the message comes again", "error", err)
	}
}

// isLast reports whether a message has failed too often, or only for what would pass, but for too long. How long is counted from its
// storing, which the broker remembers when this process does not; the attempts leave time to a group that was away itself.
func (b *Bus) isLast(sub *subscriber, m Message, err error) bool {
	if Temporary(err) {
		return m.Attempt >= b.opts.MaxDeliveries && time.Since(m.At) > b.opts.GiveUp
	}
	return sub.fail(m.ID) >= b.opts.MaxDeliveries
}

// try calls f with a deadline and turns a panic into an error.
func (b *Bus) try(log *slog.Logger, f func(context.Context) error) (err error) {
	ctx, cancel := context.WithTimeout(b.handling, b.opts.AckWait)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			log.Error("bus: handler panicked", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return f(ctx)
}

func (b *Bus) retry(log *slog.Logger, m Message) {
	if err := m.Retry(retryDelay(m.Attempt, b.opts.AckWait)); err != nil {
		log.Debug("bus: retry not asked for, the message comes again after AckWait", "error", err)
	}
}

// retryDelay doubles from 0.1 s after the first attempt up to most.
func retryDelay(attempt int, most time.Duration) time.Duration {
	return min(100*time.Millisecond<<min(max(attempt, 1)-1, 16), most)
}
