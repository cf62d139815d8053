// Package postgres is a service's own database.
//
// Its promises: a change and its event are committed together or not at all (Change); while the database is unavailable or
// takes no writes, errors are apierror.Unavailable; after a failover, connections are those of the new server; migrations run
// once, however many processes start; a process starts without its database; and all of it holds behind a pooler, too.
package postgres

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gittix/ticketing/shared/apierror"
)

// DB is a pool of connections to one database.
type DB struct {
	pool      *pgxpool.Pool
	direct    *pgxpool.Pool // to the server itself, if that is known; else it is pool
	directWay *way
	schemas   []Schema
	migrated  atomic.Bool
	outbox    *Outbox
	turns     turns
	copies    sync.Map // *Copies by table
	life      context.Context
	end       context.CancelFunc // ends what runs beside the requests
}

// Tx is a transaction.
type Tx = pgx.Tx

// Querier is what a DB and a Tx have in common.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

var errMalformed = errors.New("DATABASE_URL is not a valid postgres:// URL") // pgx's error repeats the URL

// Open prepares a pool for a postgres:// URL, or for two with a space between them: that of a pooler such as pgbouncer, and that
// of the server itself, for migrations and LISTEN. It does not connect, and fails only if a URL is malformed.
// The URL's own parameters (sslmode …) are those of pgx; without pool_max_conns there are at most 10 connections.
func Open(url string, schemas ...Schema) (*DB, error) {
	urls := strings.Fields(url)
	if url == "" { // function.Open says what is missing, all at once
		urls = []string{""}
	}
	if len(urls) != 1 && len(urls) != 2 {
		return nil, errMalformed
	}
	db := &DB{schemas: schemas, directWay: new(way)}
	db.life, db.end = context.WithCancel(context.Background())
	var err error
	if db.direct, err = newPool(urls[len(urls)-1], db.directWay); err != nil {
		return nil, errMalformed
	}
	db.pool = db.direct
	if len(urls) == 2 {
		if db.pool, err = newPool(urls[0], new(way)); err != nil {
			db.direct.Close()
			return nil, errMalformed
		}
	}
	db.outbox = &Outbox{wakeup: wakeup{poll: pollEvery, woken: make(chan struct{}, 1)}, notifier: notifier{db: db}, db: db}
	return db, nil
}

// Close waits for the connections in use, and closes all. The relay of its outbox must have ended.
func (db *DB) Close() {
	db.end()
	db.outbox.close()
	ctx, cancel := context.WithTimeout(context.Background(), notifyWithin)
	defer cancel()
	db.outbox.Notified(ctx)
	db.direct.Close()
	db.pool.Close()
}

// Ready returns nil while the database takes writes and its schema is in place.
func (db *DB) Ready(ctx context.Context) error {
	if !db.migrated.Load() {
		return apierror.Unavailable(errors.New("postgres: migrations are not done"))
	}
	return db.Writable(ctx)
}

// Writable returns nil while the database takes writes, as far as it says.
func (db *DB) Writable(ctx context.Context) error {
	refused, err := One(ctx, db, pgx.RowTo[bool], `SELECT current_setting('transaction_read_only')::bool`)
	if refused {
		db.pool.Reset() // connections of before it was so
		err = apierror.Unavailable(pgconn.ErrReadOnlyConnection)
	}
	return err
}

// Query is pgx's.
func (db *DB) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return db.pool.Query(ctx, sql, args...)
}

// Exec is pgx's.
func (db *DB) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	tag, err := again(db, func() (pgconn.CommandTag, error) { return db.pool.Exec(ctx, sql, args...) })
	return tag, classify(err)
}

// One returns the only row of a query, as scan reads it.
// Errors: pgx.ErrNoRows; apierror.Unavailable when the database is unavailable.
func One[T any](ctx context.Context, q Querier, scan pgx.RowToFunc[T], sql string, args ...any) (T, error) {
	return collect(ctx, q, func(rows pgx.Rows) (T, error) { return pgx.CollectExactlyOneRow(rows, scan) }, sql, args)
}

// All returns the rows of a query, as scan reads them; an empty slice, not nil, if there are none.
// Errors: apierror.Unavailable when the database is unavailable.
func All[T any](ctx context.Context, q Querier, scan pgx.RowToFunc[T], sql string, args ...any) ([]T, error) {
	return collect(ctx, q, func(rows pgx.Rows) ([]T, error) { return pgx.CollectRows(rows, scan) }, sql, args)
}

func collect[T any](ctx context.Context, q Querier, read func(pgx.Rows) (T, error), sql string, args []any) (T, error) {
	v, err := again(q, func() (none T, _ error) {
		rows, err := q.Query(ctx, sql, args...)
		if err != nil {
			return none, err
		}
		return read(rows)
	})
	return v, classify(err)
}

// again runs a statement a second time if it was prepared before a migration, and is not part of a transaction: that is
// run again as a whole.
func again[T any](q Querier, run func() (T, error)) (T, error) {
	v, err := run()
	if _, alone := q.(*DB); alone && outdated(err) {
		return run()
	}
	return v, err
}
