package postgres

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"
)

// Schema is a set of migrations with a history of its own.
type Schema struct {
	Name       string // the history is kept in the table <name>_migrations
	Migrations fs.FS  // goose's SQL files in the root
}

//go:embed schema/*.sql
var files embed.FS

// Events is the schema of the outbox and of the dead letters.
func Events() Schema { return Schema{Name: "events", Migrations: sub(files, "schema")} }

func sub(f fs.FS, dir string) fs.FS {
	s, err := fs.Sub(f, dir)
	if err != nil {
		panic(err) // dir is a constant, and not a valid path
	}
	return s
}

// NewSchema returns the schema whose migrations are in the folder `migrations` of an embedded file system.
func NewSchema(name string, f fs.FS) Schema {
	return Schema{Name: name, Migrations: sub(f, "migrations")}
}

// Migrate brings the schemas up to date. A lock lets one process at a time do it: an advisory lock of the session, or, where
// a pooler lets sessions change servers, a row with a lease.
func (db *DB) Migrate(ctx context.Context) error {
	config := db.direct.Config().ConnConfig // not of the pool: a migration may take as long as it needs
	config.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	conn := stdlib.OpenDB(*config)
	defer conn.Close() //nolint:errcheck // all is committed, or has failed
	if err := conn.PingContext(ctx); err != nil {
		return classify(fmt.Errorf("postgres: migrate: %w", err))
	}
	for _, s := range db.schemas {
		locked, err := db.migrationLock(s)
		if err != nil {
			return fmt.Errorf("postgres: migrate: %w", err)
		}
		p, err := goose.NewProvider(database.DialectPostgres, conn, s.Migrations,
			locked, goose.WithTableName(s.Name+"_migrations"), goose.WithDisableGlobalRegistry(true))
		if err != nil {
			return fmt.Errorf("postgres: migrate %s: %w", s.Name, err)
		}
		if _, err := p.Up(ctx); err != nil {
			return classify(fmt.Errorf("postgres: migrate %s: %w", s.Name, err))
		}
	}
	db.migrated.Store(true)
	return nil
}

func (db *DB) migrationLock(s Schema) (goose.ProviderOption, error) {
	if db.directWay.pooled.Load() {
		l, err := lock.NewPostgresTableLocker(lock.WithTableName(s.Name+"_migrations_lock"), lock.WithTableLockTimeout(time.Second, 120))
		return goose.WithLocker(l), err
	}
	l, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120))
	return goose.WithSessionLocker(l), err
}
