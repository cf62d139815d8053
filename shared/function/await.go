package function

import (
	"context"
	"errors"
	"time"
)

// Await calls fn again while it fails with late, for at most a second: what it misses may be on its way,
// in an event that another service has sent and this one has not heard yet. It returns fn's last error.
func Await(ctx context.Context, late error, fn func() error) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	for {
		err := fn()
		if !errors.Is(err, late) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(50 * time.Millisecond):
		}
	}
}
