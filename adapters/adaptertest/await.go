package adaptertest

import (
	"context"
	"fmt"
	"time"
)

// Await calls ready until it returns nil, for at most that long.
// Errors: ready's last one, when the time was up.
func Await(ctx context.Context, within time.Duration, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("still not after %v: %w", within, err)
		case <-time.After(pause):
		}
	}
}
