package auth

import (
	"context"
	"errors"
)

// sweepBatch is how many rows one statement deletes: it must end within the time that a statement has.
const sweepBatch = 1000

// SweepSessions deletes what no longer matters: sessions, tokens and links that have expired, and attempts of windows that
// have ended.
func (a *Auth) SweepSessions(ctx context.Context) error {
	return errors.Join(
		a.sweep(ctx, `DELETE FROM sessions WHERE id IN (
			SELECT id FROM sessions WHERE expires_at <= now() LIMIT $1 FOR UPDATE SKIP LOCKED)`),
		a.sweep(ctx, `DELETE FROM revoked_tokens WHERE hash IN (
			SELECT hash FROM revoked_tokens WHERE expires_at <= now() LIMIT $1 FOR UPDATE SKIP LOCKED)`),
		a.sweep(ctx, `DELETE FROM signin_attempts WHERE key IN (
			SELECT key FROM signin_attempts WHERE expires_at <= now() LIMIT $1 FOR UPDATE SKIP LOCKED)`),
		a.sweep(ctx, `DELETE FROM api_tokens WHERE id IN (
			SELECT id FROM api_tokens WHERE expires_at <= now() LIMIT $1 FOR UPDATE SKIP LOCKED)`),
		a.sweep(ctx, `DELETE FROM password_resets WHERE seq IN (
			SELECT seq FROM password_resets WHERE expires_at <= now() LIMIT $1 FOR UPDATE SKIP LOCKED)`))
}

// sweep deletes in batches, until a batch is not full.
func (a *Auth) sweep(ctx context.Context, sql string) error {
	for {
		tag, err := a.db.Exec(ctx, sql, sweepBatch)
		if err != nil || tag.RowsAffected() < sweepBatch {
			return err
		}
	}
}
