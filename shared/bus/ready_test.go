package bus

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// full is a broker that takes no message.
type full struct{ mute }

func (f full) Connect(context.Context) (Conn, error)       { return f, nil }
func (full) Publish(context.Context, string, []byte) error { return ErrUnavailable }

// A process whose message the broker refused is not ready. It does not stay so when there is nothing left for it to publish, since another has sent it.
func TestReadyAgainWithoutPublishing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := New(full{}, Options{})
		defer func() { _ = b.Close(context.Background()) }()
		synctest.Wait()
		if err := b.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := b.Publish(t.Context(), "orders.created", nil); !errors.Is(err, ErrUnavailable) {
			t.Fatal(err)
		}
		time.Sleep(refusalHolds - time.Nanosecond)
		if err := b.Ready(t.Context()); !errors.Is(err, ErrUnavailable) {
			t.Errorf("it was refused a moment ago: %v", err)
		}
		time.Sleep(time.Nanosecond)
		if err := b.Ready(t.Context()); err != nil {
			t.Errorf("long after it was refused: %v", err)
		}
	})
}
