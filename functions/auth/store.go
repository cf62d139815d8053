package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
)

type store struct{ db *postgres.DB }

// user is what a sign-in needs to know.
type user struct {
	id      int32
	hash    string // "" if there is no such user
	bcrypts bool   // some user still has a bcrypt hash
}

// insertUser returns the new user's id. Errors: errEmailExists.
func (s store) insertUser(ctx context.Context, email, hash string) (int32, error) {
	id, err := postgres.One(ctx, s.db, pgx.RowTo[int32], `
		INSERT INTO users (email, password_hash) VALUES ($1, $2) ON CONFLICT (email) DO NOTHING RETURNING id`, email, hash)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, errEmailExists
	}
	return id, err
}

// findUser returns a user without a hash if there is none of that address.
func (s store) findUser(ctx context.Context, email string) (user, error) {
	return postgres.One(ctx, s.db, func(row pgx.CollectableRow) (u user, err error) {
		err = row.Scan(&u.id, &u.hash, &u.bcrypts)
		return u, err
	}, `SELECT coalesce(id, 0), coalesce(password_hash, ''), EXISTS (SELECT FROM users WHERE password_hash LIKE '$2%')
		FROM (VALUES ($1::text)) AS wanted (email) LEFT JOIN users USING (email)`, email)
}

// replaceHash changes nothing if the hash was changed meanwhile.
func (s store) replaceHash(ctx context.Context, u user, hash string) error {
	_, err := s.db.Exec(ctx, `
		UPDATE users SET password_hash = $3, updated_at = now() WHERE id = $1 AND password_hash = $2`, u.id, u.hash, hash)
	return err
}

// isLive reports whether the user exists and the token is not revoked.
func (s store) isLive(ctx context.Context, token string, c session.Claims) (bool, error) {
	return postgres.One(ctx, s.db, pgx.RowTo[bool], `
		SELECT EXISTS (SELECT FROM users WHERE id = $1 AND email = $2)
		   AND NOT EXISTS (SELECT FROM revoked_tokens WHERE hash = $3)`, c.UserID(), c.Subject, hashToken(token))
}

// revoke ends a token. Again is as good as once.
func (s store) revoke(ctx context.Context, token string, expires time.Time) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO revoked_tokens (hash, expires_at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING`, hashToken(token), expires)
	return err
}

func (s store) sweepRevoked(ctx context.Context) error {
	_, err := s.db.Exec(ctx, `
		DELETE FROM revoked_tokens WHERE hash IN (
			SELECT hash FROM revoked_tokens WHERE expires_at <= now() FOR UPDATE SKIP LOCKED)`)
	return err
}

// hashToken leaves the signature out: base64 has more than one spelling of it, and each would be another token.
func hashToken(token string) []byte {
	signed := token[:max(strings.LastIndexByte(token, '.'), 0)]
	hash := sha256.Sum256([]byte(signed))
	return hash[:]
}
