package bus

import (
	"context"
	"time"
)

// Driver opens connections to one broker. All healing, counting and waiting is the Bus's: a driver only translates.
type Driver interface {
	// Connect opens a connection that can be used at once, or fails. It is called again after every loss.
	// It may outlast ctx by a few seconds: the Bus goes on without it and closes what comes late.
	Connect(ctx context.Context) (Conn, error)
}

// Conn is one connection. Its methods are safe for concurrent use.
type Conn interface {
	// Publish returns nil when the broker has stored the message. When the connection breaks, before or while waiting,
	// it fails at once with an error that is ErrUnavailable; when ctx ends, with ctx's.
	Publish(ctx context.Context, subject string, data []byte) error
	// Consume joins a group, creating it if need be, and calls receive for every message, from any number of goroutines.
	// receive returns when the message is settled. Like Connect it may outlast ctx.
	Consume(ctx context.Context, want ConsumerConfig, receive func(Message)) (Consumer, error)
	// Err is nil while the connection works, else an error that is ErrUnavailable; a blip may pass without a loss.
	Err() error
	// Store asks how full the broker's store is.
	Store(ctx context.Context) (Store, error)
	// Lost gets one reason when the connection, or anything made with it, is gone for good.
	Lost() <-chan error
	// Close sends what is buffered and ends the connection. It may outlast ctx. After a loss it only frees what is left.
	Close(ctx context.Context) error
}

// Store is the fullest part of a broker's store, and what waits in it.
type Store struct {
	Bytes    int64 // that messages take
	MaxBytes int64 // that they may take: then the oldest are discarded; 0: no limit
	Waiting  int64 // messages that are not handled yet by the one of the connection's groups that has the most
}

// Consumer is the part of one Consume call in its group.
type Consumer interface {
	// Missed reports whether the store may have discarded messages that the group had not got when it was joined.
	Missed() bool
	// Halt asks for no more messages, if the broker knows how. Messages under way can still be settled.
	Halt()
	// Close leaves the group, which stays with its position. It is called when all messages are settled. It may outlast ctx.
	Close(ctx context.Context) error
}

// ConsumerConfig is what a Consume call wants.
type ConsumerConfig struct {
	Subject     string
	Group       string
	Concurrency int           // no more messages than that are needed at once
	Together    bool          // they are needed at once, rather than by the member that is idle first
	AckWait     time.Duration // a message that is not settled for so long is to be delivered again
}

// Message is one delivery of one message to one group. It is settled by Ack or Retry, or by neither: then it comes again after AckWait.
type Message struct {
	ID      uint64    // the same in every delivery of a message
	Attempt int       // 1 = first
	At      time.Time // when the broker stored it
	Data    []byte
	Ack     func() error                    // done
	Retry   func(after time.Duration) error // again, if the broker knows how not before after
}
