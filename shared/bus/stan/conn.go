package stan

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/stan.go"

	"github.com/gittix/ticketing/shared/bus"
)

// conn is one streaming connection.
type conn struct {
	sc      stan.Conn
	lost    chan error
	monitor monitor
	before  []channel // as they were when the connection began

	mu     sync.Mutex
	broken chan struct{} // closed, and replaced, when the TCP connection breaks
	groups []bus.ConsumerConfig
}

// Publish implements bus.Conn.
func (c *conn) Publish(ctx context.Context, subject string, data []byte) error {
	broken := c.untilBroken()
	acks := make(chan error, 1) // the client calls back once, or returns an error, or (when lost) neither
	if _, err := c.sc.PublishAsync(subject, data, func(_ string, err error) { acks <- err }); err != nil {
		return fmt.Errorf("%w: %w", bus.ErrUnavailable, err)
	}
	select {
	case err := <-acks:
		if err != nil { // also what the server could not store
			return fmt.Errorf("%w: %w", bus.ErrUnavailable, err)
		}
		return nil
	case <-broken:
		return fmt.Errorf("%w: connection broke before the ack", bus.ErrUnavailable)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *conn) untilBroken() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.broken
}

func (c *conn) failPublishings() {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.broken)
	c.broken = make(chan struct{})
}

// Consume implements bus.Conn. The bound on what the server sends does not hold for redeliveries, and a message that comes again
// must find the one that is still waiting: so each delivery gets a goroutine, which the Bus holds back or sends away.
func (c *conn) Consume(_ context.Context, want bus.ConsumerConfig, receive func(bus.Message)) (bus.Consumer, error) {
	sub, err := c.sc.QueueSubscribe(want.Subject, want.Group, func(m *stan.Msg) {
		go receive(bus.Message{
			ID:      m.Sequence,
			Attempt: int(m.RedeliveryCount) + 1,
			At:      time.Unix(0, m.Timestamp),
			Data:    m.Data,
			Ack:     m.Ack,
			Retry:   func(time.Duration) error { return nil }, // not acked is enough
		})
	},
		stan.DurableName(want.Group),
		stan.DeliverAllAvailable(), // of a group that is new
		stan.SetManualAckMode(),
		stan.AckWait(wholeSeconds(want.AckWait)),
		stan.MaxInflight(2*want.Concurrency), // those that wait to come again count too, and should not hold up the others
	)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", bus.ErrUnavailable, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.groups = append(c.groups, want)
	missed := slices.ContainsFunc(c.before, func(ch channel) bool { return ch.Name == want.Subject && ch.missed(want.Group) })
	return consumer{sub, missed}, nil
}

// wholeSeconds rounds up.
func wholeSeconds(d time.Duration) time.Duration {
	return (d + time.Second - 1).Truncate(time.Second)
}

// Err implements bus.Conn.
func (c *conn) Err() error {
	if nc := c.sc.NatsConn(); nc == nil || nc.Status() != nats.CONNECTED {
		return fmt.Errorf("%w: reconnecting", bus.ErrUnavailable)
	}
	return nil
}

// Store implements bus.Conn.
func (c *conn) Store(ctx context.Context) (fullest bus.Store, err error) {
	channels, err := c.monitor.channels(ctx)
	if err != nil {
		return bus.Store{}, err
	}
	if fullest.MaxBytes, err = c.monitor.maxBytes(ctx); err != nil {
		return bus.Store{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, channel := range channels {
		fullest.Bytes = max(fullest.Bytes, channel.Bytes)
		for _, g := range c.groups {
			if g.Subject == channel.Name {
				_, waiting := channel.of(g.Group)
				fullest.Waiting = max(fullest.Waiting, waiting)
			}
		}
	}
	return fullest, nil
}

// Lost implements bus.Conn.
func (c *conn) Lost() <-chan error { return c.lost }

// Close implements bus.Conn.
func (c *conn) Close(context.Context) error {
	return c.sc.Close()
}

// consumer is one member of a durable queue group.
type consumer struct {
	sub    stan.Subscription
	missed bool
}

// Missed implements bus.Consumer.
func (c consumer) Missed() bool { return c.missed }

// Halt does nothing: NATS Streaming can only end a membership, and acks after that are not received.
func (consumer) Halt() {}

// Close leaves the group. The server receives all acks sent before. Never Unsubscribe: that would delete the group.
func (c consumer) Close(context.Context) error {
	return c.sub.Close()
}
