package bus

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
)

// What becomes of a message is told to the broker after its handler has ended. For how long it has failed is counted from its storing,
// whoever has tried it, and however short this process has run.
func TestSettled(t *testing.T) {
	t.Parallel()
	const most, giveUp = 3, 24 * time.Hour
	for name, c := range map[string]struct {
		attempt  int
		age      time.Duration
		err      error
		unstored error // of the dead letter
		want     []string
	}{
		"handled":                     {1, 0, nil, nil, []string{"handled", "ack"}},
		"fails":                       {1, 0, errors.New("a bug"), nil, []string{"handled", "retry"}},
		"fails, old":                  {9, 2 * giveUp, errors.New("a bug"), nil, []string{"handled", "retry"}}, // here it has failed once
		"away":                        {9, giveUp - time.Hour, ErrUnavailable, nil, []string{"handled", "retry"}},
		"away, old":                   {most, giveUp + time.Hour, ErrUnavailable, nil, []string{"handled", "dead", "ack"}},
		"away, old, tried too little": {most - 1, giveUp + time.Hour, ErrUnavailable, nil, []string{"handled", "retry"}},
		"away, old, not stored":       {most, giveUp + time.Hour, ErrUnavailable, errors.New("full"), []string{"handled", "dead", "retry"}},
	} {
		var got []string
		b := newUnreachable(t)
		b.opts.MaxDeliveries, b.opts.GiveUp = most, giveUp
		sub := newSubscriber(Subscription{
			Handle:     func(context.Context, Delivery) error { got = append(got, "handled"); return c.err },
			DeadLetter: func(context.Context, Delivery, error) error { got = append(got, "dead"); return c.unstored },
		}, b.opts)
		b.handle(sub, Message{
			ID: 1, Attempt: c.attempt, At: time.Now().Add(-c.age),
			Ack:   func() error { got = append(got, "ack"); return nil },
			Retry: func(time.Duration) error { got = append(got, "retry"); return nil },
		}, b.log)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
