package bus

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

// unreachable is a broker that is never there, and says so only after a while.
type unreachable struct{}

func (unreachable) Connect(ctx context.Context) (Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func newUnreachable(t *testing.T) *Bus {
	b := New(unreachable{}, Options{})
	t.Cleanup(func() {
		if err := b.Close(context.Background()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return b
}

func TestSubscribeRefusesMalformed(t *testing.T) {
	t.Parallel()
	b := newUnreachable(t)
	handle := func(context.Context, Delivery) error { return nil }
	for name, s := range map[string]Subscription{
		"no subject":           {Group: "g", Handle: handle},
		"a wildcard":           {Subject: "tickets.*", Group: "g", Handle: handle},
		"a subject with a gap": {Subject: "tickets..created", Group: "g", Handle: handle},
		"no group":             {Subject: "tickets.created", Handle: handle},
		"a group with a dot":   {Subject: "tickets.created", Group: "a.b", Handle: handle},
		"no handler":           {Subject: "tickets.created", Group: "g"},
		"negative concurrency": {Subject: "tickets.created", Group: "g", Handle: handle, Concurrency: -1},
	} {
		if b.Subscribe(s) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := b.Subscribe(Subscription{Subject: "orders.payment_rejected", Group: "payments-1", Handle: handle}); err != nil {
		t.Errorf("a good one: %v", err)
	}
}

func TestPublishRefusesMalformed(t *testing.T) {
	t.Parallel()
	b := newUnreachable(t)
	for _, subject := range []string{"", "a b", "a.>", ".a", "a."} {
		if err := b.Publish(t.Context(), subject, nil); err == nil || errors.Is(err, ErrUnavailable) {
			t.Errorf("%q: %v", subject, err)
		}
	}
}

// stubborn has the last word on whether it is temporary.
type stubborn struct{ error }

func (stubborn) Temporary() bool { return false }
func (s stubborn) Unwrap() error { return s.error }

func TestTemporary(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"nil":                       {nil, false},
		"an error":                  {errors.New("x"), false},
		"the broker is unavailable": {fmt.Errorf("publish: %w", ErrUnavailable), true},
		"the deadline passed":       {fmt.Errorf("query: %w", context.DeadlineExceeded), true},
		"joined":                    {errors.Join(errors.New("x"), ErrUnavailable), true},
		"the outermost says no":     {stubborn{ErrUnavailable}, false},
	} {
		if got := Temporary(c.err); got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

// TestLimits: pauses grow to a limit, and no more failures are remembered than that.
func TestLimits(t *testing.T) {
	t.Parallel()
	const most = 10 * time.Second
	for attempt, want := range map[int]time.Duration{
		0: 100 * time.Millisecond, 1: 100 * time.Millisecond, 2: 200 * time.Millisecond, 7: 6400 * time.Millisecond, 8: most, 1_000_000: most,
	} {
		if got := retryDelay(attempt, most); got != want {
			t.Errorf("attempt %d: %v, want %v", attempt, got, want)
		}
	}
	var pause backoff
	first, last := pause.next(), time.Duration(0)
	for range 100 {
		last = pause.next()
	}
	if first < 50*time.Millisecond || first > 100*time.Millisecond || last < 2500*time.Millisecond || last > 5*time.Second {
		t.Errorf("first pause %v, last %v", first, last)
	}
	sub := newSubscriber(Subscription{}, Options{}.withDefaults())
	for id := range uint64(25_000) {
		sub.fail(id)
	}
	if n := len(sub.failures); n > 10_000 {
		t.Errorf("%d failures remembered", n)
	}
}
