package bus

import (
	"context"
	"fmt"
	"slices"
	"time"
)

const (
	connectWait = 10 * time.Second // for one attempt to connect, or to subscribe
	steady      = 10 * time.Second // a connection that held so long is taken for a good one
)

// heal keeps the Bus connected until ctx ends. It leaves the last connection to Close.
func (b *Bus) heal(ctx context.Context) {
	defer close(b.healed)
	var pause backoff
	for {
		conn, err := b.connect(ctx)
		if err == nil {
			began := time.Now()
			b.log.Info("bus: connected")
			err = b.keep(ctx, conn)
			if time.Since(began) > steady {
				pause = backoff{}
			}
		}
		if ctx.Err() != nil {
			return
		}
		wait := pause.next()
		b.log.Warn("bus: not connected", "error", err, "again_in", wait)
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

func (b *Bus) connect(ctx context.Context) (Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectWait)
	defer cancel()
	return within(ctx,
		func() (Conn, error) { return b.driver.Connect(ctx) },
		func(late Conn) { b.discard(late) })
}

// keep uses conn until it is lost, and says why, or until ctx ends. It brings every subscription to life, however often that fails.
func (b *Bus) keep(ctx context.Context, conn Conn) error {
	b.mu.Lock()
	b.conn = conn
	b.mu.Unlock()
	var pause backoff
	for {
		var again <-chan time.Time
		if err := b.subscribeAll(ctx, conn); err != nil && ctx.Err() == nil {
			wait := pause.next()
			b.log.Warn("bus: not all subscribed", "error", err, "again_in", wait)
			again = time.After(wait)
		}
		select {
		case <-ctx.Done():
			return nil
		case reason := <-conn.Lost():
			b.detach()
			b.discard(conn)
			return fmt.Errorf("connection lost: %w", reason)
		case <-b.wake:
		case <-again:
		}
	}
}

// subscribeAll brings those subscriptions to life that are not, and returns the last error.
func (b *Bus) subscribeAll(ctx context.Context, conn Conn) error {
	var failure error
	for _, sub := range b.idle() {
		consumer, err := b.consume(ctx, conn, sub)
		if err != nil {
			failure = fmt.Errorf("%s: %w", sub.Subject, err)
			continue
		}
		b.mu.Lock()
		stopped := b.stopped
		if !stopped {
			sub.consumer = consumer
		}
		b.mu.Unlock()
		if consumer.Missed() {
			b.log.Error("bus: messages were discarded that the group may not have got", "subject", sub.Subject, "group", sub.Group)
			b.opts.Missed(sub.Group, sub.Subject)
		}
		if stopped { // StopConsuming has not seen it
			consumer.Halt()
			if err := b.leave(ctx, []Consumer{consumer}); err != nil {
				b.log.Warn("bus: could not leave the group", "subject", sub.Subject, "group", sub.Group, "error", err)
			}
		}
	}
	return failure
}

// idle returns the subscriptions that have to be brought to life.
func (b *Bus) idle() []*subscriber {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stopped {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(b.subscribers), func(sub *subscriber) bool { return sub.consumer != nil })
}

func (b *Bus) consume(ctx context.Context, conn Conn, sub *subscriber) (Consumer, error) {
	ctx, cancel := context.WithTimeout(ctx, connectWait)
	defer cancel()
	want := ConsumerConfig{Subject: sub.Subject, Group: sub.Group, Concurrency: sub.Concurrency, Together: sub.Together, AckWait: b.opts.AckWait}
	sub.forgetAll()
	return within(ctx,
		func() (Consumer, error) { return conn.Consume(ctx, want, func(m Message) { b.receive(sub, m) }) },
		func(late Consumer) { late.Halt(); b.discard(late) })
}

// detach forgets the connection and all that was made with it.
func (b *Bus) detach() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.conn, b.refused = nil, nil
	for _, sub := range b.subscribers {
		sub.consumer = nil
	}
}

// discard frees what is not used any more. It may fail: it is lost already.
func (b *Bus) discard(lost interface{ Close(context.Context) error }) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	b.log.Debug("bus: discarded", "error", await(ctx, func() error { return lost.Close(ctx) }))
}
