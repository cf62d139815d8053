package postgres

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/timestamp"
)

// DeadLetters is the function.DeadLetters in the table dead_letters.
type DeadLetters struct{ db *DB }

var _ function.DeadLetters = DeadLetters{}

// DeadLetters returns the database's dead letters.
func (db *DB) DeadLetters() DeadLetters { return DeadLetters{db} }

// Add stores a letter, with its event byte for byte. In the reason, what is not text becomes U+FFFD.
func (d DeadLetters) Add(ctx context.Context, l function.DeadLetter) error {
	reason := strings.ReplaceAll(strings.ToValidUTF8(l.Reason, "\uFFFD"), "\x00", "\uFFFD")
	_, err := d.db.Exec(ctx, `INSERT INTO dead_letters (function, event, reason) VALUES ($1, $2, $3)`, l.Function, append([]byte{}, l.Event...), reason)
	return err
}

// List returns at most limit letters with an id above after, oldest first.
func (d DeadLetters) List(ctx context.Context, after int64, limit int) ([]function.DeadLetter, error) {
	return All(ctx, d.db, func(row pgx.CollectableRow) (l function.DeadLetter, err error) {
		var at timestamp.Time
		err = row.Scan(&l.ID, &l.Function, &l.Event, &l.Reason, &at)
		l.At = at.Time
		return l, err
	}, `SELECT id, function, event, reason, created_at FROM dead_letters WHERE id > $1 ORDER BY id LIMIT $2`, after, limit)
}

// Remove deletes a letter.
func (d DeadLetters) Remove(ctx context.Context, id int64) error {
	_, err := d.db.Exec(ctx, `DELETE FROM dead_letters WHERE id = $1`, id)
	return err
}
