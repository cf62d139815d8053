package postgres

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/gittix/ticketing/shared/event"
)

// A transaction waits for a lock for a moment only, since it waits with a connection that others need. Then it gives the
// connection back, and is run again a little later.
const (
	lockTimeout = `SET LOCAL lock_timeout = 20` // ms
	lockPause   = 20 * time.Millisecond
	lockWait    = 3 * time.Second
)

// Change runs fn in a transaction and stores the event that fn returns in the outbox, in the same transaction.
// It returns the event's position, or 0 for the zero Draft and beside an error. fn may run more than once: when it waits for
// a lock (for at most three seconds), at deadlocks, and where a statement was prepared before a migration.
//
// Errors: fn's own; apierror.Unavailable when the database is unavailable (the change may or may not be committed), or the
// lock is not free in time.
func (db *DB) Change(ctx context.Context, fn func(Tx) (event.Draft, error)) (seq int64, err error) {
	return db.change(ctx, one(fn))
}

// ChangeMany is Change for any number of events. It returns the position of the last one.
func (db *DB) ChangeMany(ctx context.Context, fn func(Tx) ([]event.Draft, error)) (seq int64, err error) {
	return db.change(ctx, fn)
}

func one(fn func(Tx) (event.Draft, error)) func(Tx) ([]event.Draft, error) {
	return func(tx Tx) ([]event.Draft, error) {
		draft, err := fn(tx)
		return []event.Draft{draft}, err
	}
}

// change is ChangeMany behind the first statements. It returns the position of the last event.
func (db *DB) change(ctx context.Context, fn func(Tx) ([]event.Draft, error), first ...statement) (seq int64, err error) {
	giveUp := time.Now().Add(lockWait)
	for attempt := 0; ; {
		seq, err = db.transact(ctx, fn, first)
		switch {
		case err == nil:
			if seq != 0 {
				db.outbox.stored()
			}
			return seq, nil
		case locked(err) && time.Now().Before(giveUp):
			select {
			case <-time.After(lockPause/2 + rand.N(lockPause)):
			case <-ctx.Done():
				return 0, classify(err)
			}
		case attempt < 3 && (collided(err) || outdated(err)):
			attempt++
		default:
			return 0, classify(err)
		}
	}
}

// ChangeInTurn is Change, one at a time of those with the same key: the id (int32) of the user who asks, or a string. In this
// process the others wait without a connection; in others, for a lock of the database. So one user, however many requests there
// are, uses one connection, and passes no limit by asking twice at once.
func (db *DB) ChangeInTurn(ctx context.Context, key any, fn func(Tx) (event.Draft, error)) (int64, error) {
	return db.ChangeManyInTurn(ctx, key, one(fn))
}

// ChangeManyInTurn is ChangeInTurn for any number of events. It returns the position of the last one.
func (db *DB) ChangeManyInTurn(ctx context.Context, key any, fn func(Tx) ([]event.Draft, error)) (int64, error) {
	leave, err := db.turns.take(ctx, key)
	if err != nil {
		return 0, classify(err)
	}
	defer leave()
	lock := `SELECT pg_advisory_xact_lock(1, $1)`
	if _, ok := key.(string); ok {
		lock = `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`
	}
	return db.change(ctx, fn, statement{sql: lock, arguments: []any{key}})
}
