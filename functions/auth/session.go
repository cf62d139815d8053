package auth

import (
	"context"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/securitylog"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/timestamp"
)

// open starts a session of a user, and returns its cookie. The session that the visitor had ends: the event says so.
func (a *Auth) open(ctx context.Context, tx postgres.Tx, u user, v visitor) (*http.Cookie, event.Draft, error) {
	claims := a.keys.New(u.id, u.email, u.generation)
	_, err := tx.Exec(ctx, `INSERT INTO sessions (id, user_id, network, device, expires_at) VALUES ($1, $2, $3, $4, $5)`,
		claims.SessionID, u.id, securitylog.Network(a.proxies.Client(v.hops)).Value.String(), v.device(), time.Unix(claims.ExpiresAt, 0))
	if err != nil {
		return nil, event.Draft{}, err
	}
	draft, err := a.endSession(ctx, tx, v.token)
	if err != nil {
		return nil, event.Draft{}, err
	}
	cookie, err := a.keys.Cookie(claims)
	return cookie, draft, err
}

// endSession ends the session of a token, if that is valid, and returns the event of it; none, if it had ended before.
func (a *Auth) endSession(ctx context.Context, tx postgres.Tx, token string) (none event.Draft, err error) {
	claims, err := a.keys.Verify(token)
	if err != nil {
		return none, nil //nolint:nilerr // there is nothing to end
	}
	// Replicas of before the table sessions look here.
	if _, err := tx.Exec(ctx, `
		INSERT INTO revoked_tokens (hash, expires_at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING`,
		claims.TokenHash[:], time.Unix(claims.ExpiresAt, 0)); err != nil {
		return none, err
	}
	tag, err := tx.Exec(ctx, `
		INSERT INTO sessions AS s (id, user_id, expires_at, ended_at) VALUES ($1, $2, $3, now())
		ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at WHERE s.ended_at IS NULL`,
		claims.SessionID, claims.UserID(), time.Unix(claims.ExpiresAt, 0))
	if err != nil || tag.RowsAffected() == 0 {
		return none, err
	}
	return event.Of(ctx, event.AuthSessionsEnded, event.SessionsEnded{
		UserID: claims.UserID(), SessionID: claims.SessionID, ExpiresAt: timestamp.Of(time.Unix(claims.ExpiresAt, 0)),
	})
}

// endSessions ends all sessions of a user, and all tokens for programs, and returns the generation of those to come and the event of it.
//
// A sign-in that is under way with what has been true of the user before (a password, say) opens a session that has ended already.
func endSessions(ctx context.Context, tx postgres.Tx, userID int32) (generation int32, _ event.Draft, err error) {
	generation, err = postgres.One(ctx, tx, pgx.RowTo[int32], `
		UPDATE users SET session_generation = session_generation + 1 WHERE id = $1 RETURNING session_generation`, userID)
	if err != nil {
		return 0, event.Draft{}, err
	}
	if _, err := tx.Exec(ctx, `UPDATE sessions SET ended_at = now() WHERE user_id = $1 AND ended_at IS NULL`, userID); err != nil {
		return 0, event.Draft{}, err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM api_tokens WHERE user_id = $1`, userID); err != nil {
		return 0, event.Draft{}, err
	}
	draft, err := event.Of(ctx, event.AuthSessionsEnded, event.SessionsEnded{
		// Longer than any session that is being opened now can live.
		UserID: userID, Generation: generation, ExpiresAt: timestamp.Of(time.Now().Add(2 * session.Lifetime)),
	})
	return generation, draft, err
}

// Ended reports whether a session has ended, or its user is gone.
//
// Errors: apierror.Unavailable: the database is.
func (a *Auth) Ended(ctx context.Context, c session.Claims) (bool, error) {
	return postgres.One(ctx, a.db, pgx.RowTo[bool], `
		SELECT NOT EXISTS (SELECT FROM users WHERE id = $1 AND email = $2 AND session_generation <= $3)
		    OR EXISTS (SELECT FROM sessions WHERE id = $4 AND ended_at IS NOT NULL)
		    OR EXISTS (SELECT FROM revoked_tokens WHERE hash = $5)`, // replicas of before the table sessions note it there
		c.UserID(), c.Subject, c.Generation, c.SessionID, c.TokenHash[:])
}
