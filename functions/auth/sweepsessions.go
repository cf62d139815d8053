package auth

import (
	"context"
	"errors"
)

// SweepSessions forgets what no longer matters: revoked tokens that have expired, attempts of windows that
// have ended.
func (a *Auth) SweepSessions(ctx context.Context) error {
	return errors.Join(a.store.sweepRevoked(ctx), a.attempts.sweep(ctx))
}
