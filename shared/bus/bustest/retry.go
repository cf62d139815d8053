package bustest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/bus"
)

// noSooner is below every driver's first delay; a driver that sends a failed message again at once is faster.
const noSooner = 20 * time.Millisecond

func failedAttempts(t *testing.T, f *fixture) {
	var mu sync.Mutex
	var attempts []int
	var gaps []time.Duration
	var failed time.Time
	done := make(chan struct{})
	b := f.subscribed(f.broker.Addr(), bus.Subscription{Subject: subject, Group: "shop",
		Handle: func(_ context.Context, d bus.Delivery) error {
			mu.Lock()
			defer mu.Unlock()
			attempts = append(attempts, d.Attempt)
			if len(attempts) > 1 {
				gaps = append(gaps, time.Since(failed))
			}
			failed = time.Now()
			switch len(attempts) {
			case 1:
				return errors.New("not yet")
			case 2:
				panic("oops")
			}
			close(done)
			return nil
		}})
	f.publish(b, "stubborn")
	await(f, "it is handled", done)
	f.never("a fourth attempt", func() bool { mu.Lock(); defer mu.Unlock(); return len(attempts) > 3 })
	if !slices.Equal(attempts, []int{1, 2, 3}) {
		t.Errorf("attempts %v, want 1 2 3", attempts)
	}
	if slices.Min(gaps) < noSooner {
		t.Errorf("came again after %v: a hot loop", gaps)
	}
}

func deliveryLimit(t *testing.T, f *fixture) {
	var handled, dead tally
	broken := errors.New("cannot be done")
	b := f.subscribed(f.broker.Addr(), bus.Subscription{Subject: subject, Group: "shop",
		Handle: func(ctx context.Context, d bus.Delivery) error {
			handled.add(d)
			if string(d.Data) == "poison" {
				return broken
			}
			return nil
		},
		DeadLetter: func(_ context.Context, d bus.Delivery, reason error) error {
			dead.add(d)
			if !errors.Is(reason, broken) {
				t.Errorf("reason %v, want %v", reason, broken)
			}
			return nil
		}})
	f.publish(b, "poison", "fine")
	f.eventually("the poison is a dead letter", func() bool { return dead.of("poison") == 1 })
	f.eventually("the other is handled", func() bool { return handled.of("fine") > 0 })
	f.never("anything more of the poison, or the other as a dead letter", func() bool {
		return handled.of("poison") > maxDeliveries || dead.of("poison") > 1 || dead.of("fine") > 0
	})
	if got := handled.of("poison"); got != maxDeliveries {
		t.Errorf("handled %d times, want %d", got, maxDeliveries)
	}
}

func deadLetterFails(_ *testing.T, f *fixture) {
	var dead tally
	stored := make(chan struct{})
	b := f.subscribed(f.broker.Addr(), bus.Subscription{Subject: subject, Group: "shop",
		Handle: func(context.Context, bus.Delivery) error { return errors.New("cannot be done") },
		DeadLetter: func(_ context.Context, d bus.Delivery, _ error) error {
			switch dead.add(d) {
			case 1:
				return errors.New("no room for dead letters")
			case 2:
				close(stored)
			}
			return nil
		}})
	f.publish(b, "poison")
	await(f, "it is a dead letter", stored)
	f.never("a dead letter again", func() bool { return dead.of("poison") > 2 })
}

// away is a dependency that cannot be reached.
type away struct{}

func (away) Error() string   { return "away" }
func (away) Temporary() bool { return true }

// temporaryErrors also has one failure of the message's own after them: it counts as the first.
func temporaryErrors(t *testing.T, f *fixture) {
	var handled tally
	var dead atomic.Int32
	done := make(chan struct{})
	b := f.subscribed(f.broker.Addr(), bus.Subscription{Subject: subject, Group: "shop",
		Handle: func(_ context.Context, d bus.Delivery) error {
			switch n := handled.add(d); {
			case n <= maxDeliveries+1:
				return errors.Join(errors.New("store"), away{})
			case n == maxDeliveries+2:
				return errors.New("cannot be done now")
			case n == maxDeliveries+3:
				close(done)
			}
			return nil
		},
		DeadLetter: func(context.Context, bus.Delivery, error) error { dead.Add(1); return nil }})
	f.publish(b, "delayed")
	await(f, "it is handled", done)
	if dead.Load() > 0 {
		t.Error("went to the dead letters")
	}
}

// givenUp: the age of a message is that of its storing, whoever has tried it since, and one that is old is tried for a while first.
func givenUp(t *testing.T, f *fixture) {
	var handled tally
	dead := make(chan error, 1)
	f.close(f.member(handled.handle), timeout) // from now on the group is there
	f.publish(f.bus(f.broker.Addr()), "old")
	f.giveUp = quiet
	f.never("anything", func() bool { return false }) // it gets old meanwhile
	f.subscribed(f.broker.Addr(), bus.Subscription{Subject: subject, Group: "shop",
		Handle:     func(_ context.Context, d bus.Delivery) error { handled.add(d); return away{} },
		DeadLetter: func(_ context.Context, _ bus.Delivery, reason error) error { dead <- reason; return nil }})
	if reason := await(f, "it is a dead letter", dead); !bus.Temporary(reason) {
		t.Errorf("because of %v", reason)
	}
	if n := handled.of("old"); n < 2 || n > maxDeliveries {
		t.Errorf("it was tried %d times, want %d", n, maxDeliveries)
	}
}
