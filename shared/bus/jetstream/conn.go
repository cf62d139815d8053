package jetstream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gittix/ticketing/shared/bus"
)

// conn is one connection and what is needed of its stream.
type conn struct {
	driver *Driver
	nc     *nats.Conn
	js     jetstream.JetStream
	stream jetstream.Stream // as it was when the connection began
	lost   chan error

	mu     sync.Mutex
	groups []jetstream.Consumer
}

// lose reports that the connection, the stream or a consumer is gone. The first reason counts.
func (c *conn) lose(reason error) {
	if reason == nil {
		reason = nats.ErrConnectionClosed
	}
	select {
	case c.lost <- reason:
		c.driver.lastLost.Store(time.Now().UnixNano())
	default:
	}
}

// Publish implements bus.Conn.
func (c *conn) Publish(ctx context.Context, subject string, data []byte) error {
	_, err := c.js.Publish(ctx, subject, data)
	var refusal *jetstream.APIError
	switch {
	case errors.Is(err, jetstream.ErrNoStreamResponse):
		// No stream takes the subject: it has no leader now, or is gone, or never wanted this one.
		if _, missing := c.js.Stream(ctx, c.driver.cfg.Stream); errors.Is(missing, jetstream.ErrStreamNotFound) {
			c.lose(missing)
		}
		return fmt.Errorf("%w: %w", bus.ErrUnavailable, err)
	case errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, nats.ErrDisconnected),
		errors.As(err, &refusal) && refusal.ErrorCode != jetstream.JSErrCodeStreamMessageExceedsMaximum: // such as: the store is full
		return fmt.Errorf("%w: %w", bus.ErrUnavailable, err)
	}
	return err
}

// Err implements bus.Conn.
func (c *conn) Err() error {
	if c.nc.IsConnected() {
		return nil
	}
	return fmt.Errorf("%w: connection closed", bus.ErrUnavailable)
}

// Lost implements bus.Conn.
func (c *conn) Lost() <-chan error { return c.lost }

// Close implements bus.Conn. Acks still in the buffer are sent.
func (c *conn) Close(ctx context.Context) error {
	defer c.nc.Close()
	if c.nc.IsClosed() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := c.nc.FlushWithContext(ctx); err != nil {
		return fmt.Errorf("jetstream: flush: %w", err)
	}
	return nil
}

// Consume implements bus.Conn. Each slot pulls one message at a time and holds it until it is settled, so no message waits
// in this process while another member is idle. Those that are needed together are pulled together.
func (c *conn) Consume(ctx context.Context, want bus.ConsumerConfig, receive func(bus.Message)) (bus.Consumer, error) {
	durable, err := c.js.CreateOrUpdateConsumer(ctx, c.driver.cfg.Stream, consumerConfig(want))
	if err != nil {
		return nil, fmt.Errorf("consumer: %w", err)
	}
	c.mu.Lock()
	c.groups = append(c.groups, durable)
	c.mu.Unlock()
	slots := consumer{missed: c.missed(durable.CachedInfo())}
	pulls, each := want.Concurrency, 1
	if want.Together {
		pulls, each = 1, want.Concurrency
		receive = atOnce(want.Concurrency, receive)
	}
	for range pulls {
		slot, err := durable.Consume(
			func(m jetstream.Msg) {
				if message, err := translate(m); err != nil {
					c.lose(err)
				} else {
					receive(message)
				}
			},
			jetstream.PullMaxMessages(each),
			jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) { c.noteTrouble(err) }),
		)
		if err != nil {
			slots.Halt()
			return nil, fmt.Errorf("pull: %w", err)
		}
		slots.slots = append(slots.slots, slot)
	}
	return slots, nil
}

// atOnce returns a receive that does not wait for receive, unless so many are under way.
func atOnce(most int, receive func(bus.Message)) func(bus.Message) {
	free := make(chan struct{}, most)
	return func(m bus.Message) {
		free <- struct{}{}
		go func() {
			defer func() { <-free }()
			receive(m)
		}()
	}
}

// missed compares what a group got last with what the stream began with when the connection did. What came between may have been of
// other subjects, so a group that was there all the time has missed nothing: other members of it are waiting, or this process was connected
// when the oldest message was published.
func (c *conn) missed(group *jetstream.ConsumerInfo) bool {
	first := c.stream.CachedInfo().State
	there := first.FirstTime.UnixNano() <= c.driver.lastLost.Load() && !first.FirstTime.IsZero()
	return group.Delivered.Stream+1 < first.FirstSeq && group.NumWaiting == 0 && !there
}

// Store implements bus.Conn.
func (c *conn) Store(ctx context.Context) (bus.Store, error) {
	stream, err := c.js.Stream(ctx, c.driver.cfg.Stream)
	if err != nil {
		return bus.Store{}, fmt.Errorf("jetstream: stream: %w", err)
	}
	info := stream.CachedInfo()
	store := bus.Store{Bytes: int64(info.State.Bytes), MaxBytes: max(info.Config.MaxBytes, 0)}
	c.mu.Lock()
	groups := slices.Clone(c.groups)
	c.mu.Unlock()
	for _, durable := range groups {
		group, err := durable.Info(ctx)
		if err != nil {
			return bus.Store{}, fmt.Errorf("jetstream: consumer: %w", err)
		}
		store.Waiting = max(store.Waiting, int64(group.NumPending)+int64(group.NumAckPending))
	}
	return store, nil
}

// noteTrouble gives the connection up for what pulling again cannot cure.
func (c *conn) noteTrouble(err error) {
	for _, fatal := range []error{
		jetstream.ErrConsumerDeleted, jetstream.ErrConsumerNotFound, jetstream.ErrBadRequest,
		jetstream.ErrNoHeartbeat, nats.ErrNoResponders,
	} {
		if errors.Is(err, fatal) {
			c.lose(err)
			return
		}
	}
}

func translate(m jetstream.Msg) (bus.Message, error) {
	about, err := m.Metadata()
	if err != nil {
		return bus.Message{}, fmt.Errorf("message without metadata: %w", err)
	}
	return bus.Message{
		ID:      about.Sequence.Stream,
		Attempt: int(about.NumDelivered),
		At:      about.Timestamp,
		Data:    m.Data(),
		Ack:     m.Ack,
		Retry:   m.NakWithDelay,
	}, nil
}

// consumer is the slots of one Consume call.
type consumer struct {
	slots  []jetstream.ConsumeContext
	missed bool
}

// Missed implements bus.Consumer.
func (c consumer) Missed() bool { return c.missed }

// Halt implements bus.Consumer: it stops the pulling and lets what has come through.
func (c consumer) Halt() {
	for _, slot := range c.slots {
		slot.Drain()
	}
}

// Close implements bus.Consumer. The durable stays.
func (c consumer) Close(ctx context.Context) error {
	for _, slot := range c.slots {
		select {
		case <-slot.Closed():
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
