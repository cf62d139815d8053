package tickets

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/postgres"
)

// LimitSettings are what one seller may do within an hour.
type LimitSettings struct {
	Offers  int `env:"MAX_OFFERS_PER_HOUR" envDefault:"100"`  // tickets that one user may offer within an hour
	Changes int `env:"MAX_CHANGES_PER_HOUR" envDefault:"300"` // changes of tickets that one user may make within an hour
}

// Validate checks the ranges.
func (s *Settings) Validate() error {
	if min(s.Limits.Offers, s.Limits.Changes) < 1 {
		return errors.New("MAX_OFFERS_PER_HOUR and MAX_CHANGES_PER_HOUR must be at least 1")
	}
	return nil
}

// offer returns nil if the seller, whose turn it is, may offer one more ticket: the last one that the limit allows is older than
// an hour, or there is none.
//
// Errors: ErrTooManyTickets, with the time until the next one.
func (l LimitSettings) offer(ctx context.Context, tx postgres.Tx, seller int32) error {
	return wait(ctx, tx, ErrTooManyTickets, `SELECT extract(epoch FROM created_at + interval '1 hour' - now())::float8
		FROM tickets WHERE user_id = $1 ORDER BY id DESC OFFSET $2 - 1 LIMIT 1`, seller, l.Offers)
}

// change counts a change of a ticket, which is undone with tx. The hour begins with the seller's first one.
//
// Errors: ErrTooManyChanges, with the time until the hour ends.
func (l LimitSettings) change(ctx context.Context, tx postgres.Tx, seller int32) error {
	tag, err := tx.Exec(ctx, `
		INSERT INTO changes AS c (user_id, count, ends_at) VALUES ($1, 1, now() + interval '1 hour')
		ON CONFLICT (user_id) DO UPDATE SET
			count   = CASE WHEN c.ends_at <= now() THEN 1 ELSE c.count + 1 END,
			ends_at = CASE WHEN c.ends_at <= now() THEN excluded.ends_at ELSE c.ends_at END
		WHERE c.ends_at <= now() OR c.count < $2`, seller, l.Changes)
	if err != nil || tag.RowsAffected() == 1 {
		return err
	}
	return wait(ctx, tx, ErrTooManyChanges, `SELECT greatest(1, extract(epoch FROM ends_at - now()))::float8 FROM changes WHERE user_id = $1`, seller)
}

// wait returns the refusal if the query has a row, with seconds that are not over.
func wait(ctx context.Context, tx postgres.Tx, refusal *apierror.Error, sql string, args ...any) error {
	seconds, err := postgres.One(ctx, tx, pgx.RowTo[float64], sql, args...)
	if err != nil || seconds <= 0 {
		return postgres.NoRows(err, nil)
	}
	return refusal.After(time.Duration(seconds * float64(time.Second)))
}
