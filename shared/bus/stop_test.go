package bus

import (
	"context"
	"errors"
	"testing"
	"time"
)

// mute is a broker that does not answer who leaves.
type mute struct{ joined chan struct{} }

var errMute = errors.New("close request timeout")

func (m mute) Connect(context.Context) (Conn, error)       { return m, nil }
func (mute) Publish(context.Context, string, []byte) error { return nil }
func (mute) Err() error                                    { return nil }
func (mute) Store(context.Context) (Store, error)          { return Store{}, nil }
func (mute) Lost() <-chan error                            { return nil }
func (mute) Close(context.Context) error                   { return errMute }
func (mute) Missed() bool                                  { return false }
func (mute) Halt()                                         {}
func (m mute) Consume(context.Context, ConsumerConfig, func(Message)) (Consumer, error) {
	close(m.joined)
	return m, nil
}

// A broker that does not answer makes no failure of a stop in good order: it forgets who is gone.
func TestStopWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	broker := mute{make(chan struct{})}
	b := New(broker, Options{})
	handle := func(context.Context, Delivery) error { return nil }
	if err := b.Subscribe(Subscription{Subject: "orders.created", Group: "copy-order", Handle: handle, DeadLetter: func(context.Context, Delivery, error) error { return nil }}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	select {
	case <-broker.joined:
	case <-ctx.Done():
		t.Fatal("it does not join")
	}
	if err := errors.Join(b.StopConsuming(ctx), b.Close(ctx)); err != nil {
		t.Error(err)
	}
}
