// Package postgres is a service's own database.
//
// Its promises: a change and its event are committed together or not at all (Change); while the database is unavailable,
// errors are apierror.Unavailable; migrations run once, however many processes start; and a process starts without
// its database.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
)

// DB is a pool of connections to one database.
type DB struct {
	pool     *pgxpool.Pool
	schemas  []Schema
	migrated atomic.Bool
	outbox   *Outbox
}

// Tx is a transaction.
type Tx = pgx.Tx

// Querier is what a DB and a Tx have in common.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// Open prepares a pool for a postgres:// URL. It does not connect, and fails only if the URL is malformed.
// The URL's own parameters (sslmode …) are those of pgx; without pool_max_conns there are at most 10 connections.
func Open(url string, schemas ...Schema) (*DB, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("DATABASE_URL is not a valid postgres:// URL") // err repeats the URL
	}
	if !strings.Contains(url, "pool_max_conns") {
		config.MaxConns = 10
	}
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	config.ConnConfig.ConnectTimeout = 5 * time.Second
	config.ConnConfig.Tracer = spans{}
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	db := &DB{pool: pool, schemas: schemas}
	db.outbox = &Outbox{db: db, poll: pollEvery}
	return db, nil
}

// Close waits for the connections in use, and closes all. The relay of its outbox must have ended.
func (db *DB) Close() {
	db.outbox.close()
	db.pool.Close()
}

// Ready returns nil while the database answers and its schema is in place.
func (db *DB) Ready(ctx context.Context) error {
	if !db.migrated.Load() {
		return apierror.Unavailable(errors.New("postgres: migrations are not done"))
	}
	return classify(db.pool.Ping(ctx))
}

// Query is pgx's.
func (db *DB) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return db.pool.Query(ctx, sql, args...)
}

// Exec is pgx's.
func (db *DB) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	tag, err := db.pool.Exec(ctx, sql, args...)
	return tag, classify(err)
}

// Change runs fn in a transaction and stores the event that fn returns in the outbox, in the same transaction.
// It returns the event's position, or 0 for the zero Draft and beside an error. fn may run more than once: deadlocks are retried.
//
// Errors: fn's own; apierror.Unavailable when the database is unavailable (the change may or may not be committed).
func (db *DB) Change(ctx context.Context, fn func(Tx) (event.Draft, error)) (seq int64, err error) {
	for attempt := 0; ; attempt++ {
		seq = 0
		err = pgx.BeginFunc(ctx, db.pool, func(tx Tx) error {
			draft, err := fn(tx)
			if err != nil || draft.Type == "" {
				return err
			}
			seq, err = insert(ctx, tx, draft)
			return err
		})
		if err == nil {
			return seq, nil
		}
		var pg *pgconn.PgError
		collided := errors.As(err, &pg) && (pg.Code == "40P01" || pg.Code == "40001")
		if !collided || attempt == 3 {
			return 0, classify(err)
		}
	}
}

// One returns the only row of a query, as scan reads it.
// Errors: pgx.ErrNoRows; apierror.Unavailable when the database is unavailable.
func One[T any](ctx context.Context, q Querier, scan pgx.RowToFunc[T], sql string, args ...any) (T, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		var none T
		return none, classify(err)
	}
	v, err := pgx.CollectExactlyOneRow(rows, scan)
	return v, classify(err)
}

// All returns the rows of a query, as scan reads them; an empty slice, not nil, if there are none.
// Errors: apierror.Unavailable when the database is unavailable.
func All[T any](ctx context.Context, q Querier, scan pgx.RowToFunc[T], sql string, args ...any) ([]T, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return nil, classify(err)
	}
	v, err := pgx.CollectRows(rows, scan)
	return v, classify(err)
}
