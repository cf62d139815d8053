package auth

import (
	"context"
	"errors"
)

// SweepSessions deletes what no longer matters: sessions and revoked tokens that have expired, and attempts of windows that
// have ended.
func (a *Auth) SweepSessions(ctx context.Context) error {
	_, sessions := a.db.Exec(ctx, `
		DELETE FROM sessions WHERE id IN (
			SELECT id FROM sessions WHERE expires_at <= now() FOR UPDATE SKIP LOCKED)`)
	_, tokens := a.db.Exec(ctx, `
		DELETE FROM revoked_tokens WHERE hash IN (
			SELECT hash FROM revoked_tokens WHERE expires_at <= now() FOR UPDATE SKIP LOCKED)`)
	_, attempts := a.db.Exec(ctx, `
		DELETE FROM signin_attempts WHERE key IN (
			SELECT key FROM signin_attempts WHERE expires_at <= now() FOR UPDATE SKIP LOCKED)`)
	return errors.Join(sessions, tokens, attempts)
}
