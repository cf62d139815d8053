package auth

import (
	"context"
	"errors"
)

// SweepSessions deletes what no longer matters: revoked tokens that have expired, and attempts of windows that
// have ended.
func (a *Auth) SweepSessions(ctx context.Context) error {
	_, tokens := a.db.Exec(ctx, `
		DELETE FROM revoked_tokens WHERE hash IN (
			SELECT hash FROM revoked_tokens WHERE expires_at <= now() FOR UPDATE SKIP LOCKED)`)
	_, attempts := a.db.Exec(ctx, `
		DELETE FROM signin_attempts WHERE key IN (
			SELECT key FROM signin_attempts WHERE expires_at <= now() FOR UPDATE SKIP LOCKED)`)
	return errors.Join(tokens, attempts)
}
