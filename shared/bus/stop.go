package bus

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// StopConsuming starts no more handlers, waits until those under way have finished and their answers are sent, and leaves the groups.
// Publishing goes on. When ctx ends first it returns an error that is ctx's; the handlers under way then end by their own deadlines.
// Calling it again waits again.
func (b *Bus) StopConsuming(ctx context.Context) error {
	b.mu.Lock()
	if !b.stopped {
		b.stopped = true
		close(b.stopping)
	}
	var consumers []Consumer
	for _, sub := range b.subscribers {
		if sub.consumer != nil {
			consumers = append(consumers, sub.consumer)
			sub.consumer = nil
		}
	}
	b.mu.Unlock()

	for _, c := range consumers {
		c.Halt()
	}
	if err := wait(ctx, &b.handlers); err != nil {
		return fmt.Errorf("bus: handlers still under way: %w", err)
	}
	return b.leave(ctx, consumers)
}

// leave closes all consumers at once.
func (b *Bus) leave(ctx context.Context, consumers []Consumer) error {
	failures := make(chan error, len(consumers))
	for _, c := range consumers {
		go func() {
			failures <- await(ctx, func() error { return c.Close(ctx) })
		}()
	}
	var all error
	for range consumers {
		all = errors.Join(all, <-failures)
	}
	return b.forgiven(ctx, "leave groups", all)
}

// forgiven logs a failure to say goodbye, and returns nil, unless it is for lack of time: a broker that does not answer forgets who is gone by itself.
func (b *Bus) forgiven(ctx context.Context, what string, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	b.log.WarnContext(ctx, "the broker does not answer at the stop", "to", what, "error", err)
	return nil
}

// Close stops consuming, waits for publishings under way and ends the connection. Durable groups stay. It returns when all is done
// or ctx ends, in which case the contexts of handlers still under way are canceled. The Bus cannot be used afterward.
func (b *Bus) Close(ctx context.Context) error {
	stopErr := b.StopConsuming(ctx)
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	flushErr := wait(ctx, &b.publishings)
	b.stopHeal()
	<-b.healed // prompt: all that heal waits for ends with its context
	b.mu.Lock()
	conn := b.conn
	b.conn = nil
	b.mu.Unlock()
	var closeErr error
	if conn != nil {
		closeErr = b.forgiven(ctx, "close the connection", await(ctx, func() error { return conn.Close(ctx) }))
	}
	b.abandon()
	return errors.Join(stopErr, flushErr, closeErr)
}

// wait returns when all are done, or ctx ends.
func wait(ctx context.Context, all *sync.WaitGroup) error {
	return await(ctx, func() error { all.Wait(); return nil })
}
