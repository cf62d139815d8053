package shopper

import (
	"context"
	"errors"
	"fmt"
	"slices"
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

// IsRefused reports whether err is an answer with that status, and one of the messages if any are named.
func IsRefused(err error, status int, messages ...string) bool {
	var refused *Refused
	return errors.As(err, &refused) && refused.Status == status &&
		(len(messages) == 0 || slices.Contains(messages, refused.Message))
}
