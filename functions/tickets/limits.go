package tickets

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

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
	seconds, err := postgres.One(ctx, tx, pgx.RowTo[float64], `SELECT extract(epoch FROM created_at + interval '1 hour' - now())::float8
		FROM tickets WHERE user_id = $1 ORDER BY id DESC OFFSET $2 - 1 LIMIT 1`, seller, l.Offers)
	if err != nil || seconds <= 0 {
		return postgres.NoRows(err, nil)
	}
	return ErrTooManyTickets.After(time.Duration(seconds * float64(time.Second)))
}

var changes = postgres.Window{Table: "changes", Key: "user_id", Ends: "ends_at"}

// change counts a change of a ticket, which is undone with tx. The hour begins with the seller's first one.
//
// Errors: ErrTooManyChanges, with the time until the hour ends.
func (l LimitSettings) change(ctx context.Context, tx postgres.Tx, seller int32) error {
	_, rest, err := changes.Take(ctx, tx, seller, l.Changes, time.Hour)
	if err == nil && rest > 0 {
		return ErrTooManyChanges.After(rest)
	}
	return err
}
