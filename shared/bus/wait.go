package bus

import (
	"context"
	"math/rand/v2"
	"time"
)

// backoff gives growing, jittered pauses: 0.1 s at first, 5 s at most.
type backoff struct{ tries uint }

func (p *backoff) next() time.Duration {
	ceiling := min(100*time.Millisecond<<min(p.tries, 10), 5*time.Second)
	p.tries++
	return ceiling/2 + rand.N(ceiling/2)
}

// within calls f and waits for it until ctx ends. What f then still brings goes to late.
func within[T any](ctx context.Context, f func() (T, error), late func(T)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	outcomes := make(chan outcome, 1)
	go func() {
		value, err := f()
		outcomes <- outcome{value, err}
	}()
	select {
	case o := <-outcomes:
		return o.value, o.err
	case <-ctx.Done():
		go func() {
			if o := <-outcomes; o.err == nil {
				late(o.value)
			}
		}()
		var none T
		return none, ctx.Err()
	}
}

// await is within for an f that brings nothing.
func await(ctx context.Context, f func() error) error {
	_, err := within(ctx, func() (struct{}, error) { return struct{}{}, f() }, func(struct{}) {})
	return err
}
