// Package bus publishes and receives messages over a broker, and heals itself.
//
// It promises:
//   - Publish returns nil only after the broker has stored the message.
//   - A message goes to one member of every group, at least once, in any order. It is gone for a group when Handle has returned nil,
//     or DeadLetter has; it comes again after an error, a panic, a deadline passed, a crash.
//   - A broker that is unavailable, at the start or later, is no error of New or Subscribe: one goroutine, owned by the Bus, connects,
//     subscribes and does both again after every loss, until Close. Meanwhile Publish fails with ErrUnavailable and Ready says why.
//   - A broker whose store is full discards its oldest messages, or fails Publish with ErrUnavailable: those who publish must be able to
//     do it again. A group that comes back too late for what was discarded is told to Options.Missed.
//   - StopConsuming and Close let the handlers under way finish, and their answers count. Durable groups outlive everything.
//
// The life of a message, seen from a group:
//
//	stored ──▶ delivered ──Handle: nil──────────────────────▶ done
//	   ▲           ├──Handle: error, fewer than MaxDeliveries──▶ again, after a delay
//	   └───────────┼──Handle: a temporary error───────────────▶ again, after a delay
//	               └──Handle: error number MaxDeliveries──▶ DeadLetter ──nil──▶ done
//	                          or any error after GiveUp         └──error──▶ again, after a delay
//
// The broker is behind a Driver: see the packages stan, jetstream and sns (which keeps nothing for groups that are not there yet), and
// bustest for what all must pass.
package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// refusalHolds is longer than who publishes waits before it tries again.
const refusalHolds = 10 * time.Second

// Bus is a connection to a broker that heals itself. Its methods are safe for concurrent use.
type Bus struct {
	driver Driver
	opts   Options
	log    *slog.Logger

	handling context.Context    // what handlers' contexts descend from
	abandon  context.CancelFunc // ends handling: the last resort of Close
	stopHeal context.CancelFunc // ends heal
	healed   chan struct{}      // closed when heal has ended
	wake     chan struct{}      // wakes heal for a new subscription
	stopping chan struct{}      // closed when no handler may start any more

	mu          sync.Mutex
	conn        Conn  // nil while there is none
	refused     error // why the broker did not take the last message over conn; nil: it did
	refusedAt   time.Time
	subscribers []*subscriber
	stopped     bool // stopping is closed
	closed      bool
	handlers    sync.WaitGroup // deliveries under way; Add only while !stopped
	publishings sync.WaitGroup // publishings under way; Add only while !closed
}

// New returns a Bus that starts to connect in the background. Close ends it.
func New(driver Driver, opts Options) *Bus {
	opts = opts.withDefaults()
	b := &Bus{
		driver:   driver,
		opts:     opts,
		log:      opts.Logger,
		healed:   make(chan struct{}),
		wake:     make(chan struct{}, 1),
		stopping: make(chan struct{}),
	}
	b.handling, b.abandon = context.WithCancel(context.Background())
	healing, stop := context.WithCancel(context.Background())
	b.stopHeal = stop
	go b.heal(healing)
	return b
}

// Publish stores data under subject and returns nil only after the broker has said so. It waits for that until ctx ends,
// and at most Options.PublishWait. An error that is ErrUnavailable does not say whether the message was stored.
func (b *Bus) Publish(ctx context.Context, subject string, data []byte) error {
	if !validSubject(subject) {
		return fmt.Errorf("bus: publish: %q is no subject", subject)
	}
	conn, done, err := b.borrow()
	if err != nil {
		return fmt.Errorf("bus: publish to %s: %w", subject, err)
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, b.opts.PublishWait)
	defer cancel()
	err = conn.Publish(ctx, subject, data)
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("%w: no answer: %w", ErrUnavailable, err)
	}
	b.note(conn, err)
	if err != nil {
		err = fmt.Errorf("bus: publish to %s: %w", subject, err)
	}
	return err
}

// note keeps for Ready whether the broker takes messages: one whose store is full, or whose disk is, answers all else.
func (b *Bus) note(conn Conn, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.conn != conn {
		return
	}
	if b.refused = nil; Temporary(err) {
		b.refused, b.refusedAt = err, time.Now()
	}
}

// Store asks how full the broker's store is. Errors: ErrUnavailable, or that the broker does not tell.
func (b *Bus) Store(ctx context.Context) (Store, error) {
	conn, done, err := b.borrow()
	if err != nil {
		return Store{}, fmt.Errorf("bus: store: %w", err)
	}
	defer done()
	return conn.Store(ctx)
}

// borrow gives the connection to one publishing, and what to call when it is over.
func (b *Bus) borrow() (Conn, func(), error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, nil, errClosed
	}
	if b.conn == nil {
		return nil, nil, ErrUnavailable
	}
	b.publishings.Add(1)
	return b.conn, b.publishings.Done, nil
}

// Subscribe adds a subscription, which comes to life in the background and again after every loss of the connection.
// It fails only for a subscription that is malformed, or after StopConsuming.
func (b *Bus) Subscribe(s Subscription) error {
	if err := s.validate(); err != nil {
		return fmt.Errorf("bus: subscribe: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stopped {
		return fmt.Errorf("bus: subscribe to %s: %w", s.Subject, errStopped)
	}
	b.subscribers = append(b.subscribers, newSubscriber(s, b.opts))
	select {
	case b.wake <- struct{}{}:
	default: // a wake-up is waiting already
	}
	return nil
}

// Ready returns nil while the Bus is connected, all its subscriptions are live, and the broker took what was published last, or that
// was refused a while ago: another process may have sent it since.
func (b *Bus) Ready(context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stopped {
		return errStopped
	}
	if b.conn == nil {
		return ErrUnavailable
	}
	if err := b.conn.Err(); err != nil {
		return err
	}
	if b.refused != nil && time.Since(b.refusedAt) < refusalHolds {
		return b.refused
	}
	for _, sub := range b.subscribers {
		if sub.consumer == nil {
			return fmt.Errorf("%w: not subscribed to %s yet", ErrUnavailable, sub.Subject)
		}
	}
	return nil
}
