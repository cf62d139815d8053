package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
)

// Unconfirmed is the version of a copy that its owner has not announced since a restore: any version replaces it.
const Unconfirmed = -1

// leap is how many ids a restore leaves out: more than were given out between a backup and the loss of what came after it.
const leap = 1_000_000

// BeginRestore lets every sequence leap by a million, since ids that were given out after the backup may be known elsewhere, and takes
// the rows of a table of copies for unconfirmed; "": there is none. See function.Restore.
func (db *DB) BeginRestore(ctx context.Context, copies string) error {
	return db.unhurried(ctx, func(tx Tx) error {
		_, err := All(ctx, tx, pgx.RowTo[int64], `
			SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, coalesce(last_value, 0) + $1) FROM pg_sequences
			WHERE schemaname = current_schema() AND sequencename NOT LIKE '%\_migrations\_%'`, leap)
		if err != nil || copies == "" {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE `+pgx.Identifier{copies}.Sanitize()+` SET version = $1`, Unconfirmed)
		return err
	})
}

// arriving is for how long Arrived looks whether announcements still come.
const arriving = 5 * time.Second

// Arrived returns nil unless half or more of the copies in a table are unconfirmed, or they become fewer within 5 s: then their owner was
// not told to announce them, or not all of its events have arrived.
func (db *DB) Arrived(ctx context.Context, copies string) error {
	type count struct{ Unconfirmed, All int64 }
	look := func() (count, error) {
		return One(ctx, db, pgx.RowToStructByPos[count], `SELECT count(*) FILTER (WHERE version = $1), count(*) FROM `+pgx.Identifier{copies}.Sanitize(), Unconfirmed)
	}
	before, err := look()
	if err != nil || before.Unconfirmed == 0 {
		return err
	}
	if 2*before.Unconfirmed >= before.All {
		return fmt.Errorf("%d of %d copies in %s were not announced since `restore begin`: announce them, and wait", before.Unconfirmed, before.All, copies)
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(arriving):
	}
	after, err := look()
	if err == nil && after.Unconfirmed < before.Unconfirmed {
		err = fmt.Errorf("copies in %s are being announced still: wait", copies)
	}
	return err
}

// Announced is a table whose rows others copy.
type Announced[T any] struct {
	Table   string // and, unless Newest says otherwise, the publisher's name: its events are <table>.created and <table>.updated
	Columns string
	Scan    pgx.RowToFunc[T]
	Event   func(context.Context, T) (event.Draft, error) // of a row as it is
	Newest  string                                        // SQL that is true of the outbox's row with the event of row t as it is; "": by id and version
}

// Announce sends again what the outbox holds since then, and the event of each row's newest version. Where the outbox no longer has
// it, it is stored anew. It returns how many events that are.
func (a Announced[T]) Announce(ctx context.Context, db *DB, since time.Time) (int64, error) {
	sent, err := db.outbox.ReplaySince(ctx, since)
	if err != nil {
		return sent, err
	}
	newest := cmp.Or(a.Newest, fmt.Sprintf(`type IN ('%[1]s.created', '%[1]s.updated') AND (data->>'id')::int = t.id AND (data->>'version')::int = t.version`, a.Table))
	err = db.unhurried(ctx, func(tx Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE outbox SET sent_at = NULL FROM `+a.Table+` t WHERE sent_at IS NOT NULL AND `+newest)
		sent += tag.RowsAffected()
		if err != nil {
			return err
		}
		return db.outbox.signUnsent(ctx, tx)
	})
	for stored := batch; err == nil && stored == batch; sent += int64(stored) {
		err = db.unhurried(ctx, func(tx Tx) error {
			rows, err := All(ctx, tx, a.Scan, `SELECT `+a.Columns+` FROM `+a.Table+` t
				WHERE NOT EXISTS (SELECT FROM outbox WHERE `+newest+`) ORDER BY id LIMIT $1`, batch)
			if stored = len(rows); err != nil {
				return err
			}
			var b pgx.Batch
			for _, row := range rows {
				draft, err := a.Event(ctx, row)
				if err = errors.Join(err, db.outbox.queue(&b, draft, new(int64))); err != nil {
					return err
				}
			}
			return tx.SendBatch(ctx, &b).Close()
		})
	}
	return sent, err
}

const batch = 10_000

// unhurried runs a transaction that may take long.
func (db *DB) unhurried(ctx context.Context, fn func(Tx) error) error {
	return classify(pgx.BeginFunc(ctx, db.pool, func(tx Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL statement_timeout = 0`); err != nil {
			return err
		}
		return fn(tx)
	}))
}
