package postgres

import (
	"testing"
	"testing/fstest"

	"golang.org/x/sync/errgroup"

	"github.com/gittix/ticketing/shared/embedded/pgtest"
)

// However many start at once, each migration runs once and all go on when it is done.
func TestMigrateTogether(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	slow := NewSchema("things", fstest.MapFS{"migrations/00001_things.sql": {Data: []byte(
		"-- +goose Up\nSELECT pg_sleep(0.3);\nCREATE TABLE things (id integer PRIMARY KEY);")}}) // so that they meet
	var all errgroup.Group
	dbs := make([]*DB, 4)
	for i := range dbs {
		db, err := Open(url+"&pool_max_conns=1", Events(), slow)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(db.Close)
		dbs[i] = db
		all.Go(func() error { return db.Migrate(t.Context()) })
	}
	if err := all.Wait(); err != nil {
		t.Fatal(err)
	}
	for i, db := range dbs {
		if err := db.Ready(t.Context()); err != nil {
			t.Error(err)
		}
		mustCreate(t, db, i)
	}
	if n := number(t, dbs[0], `SELECT count(*) FROM things_migrations WHERE version_id = 1`); n != 1 {
		t.Errorf("the migration ran %d times", n)
	}
}

// A migration that fails leaves nothing of itself, and the database unready until a good one comes.
func TestMigrateAfterFailure(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	bad := NewSchema("things", fstest.MapFS{"migrations/00001_things.sql": {Data: []byte("-- +goose Up\nCREATE TABLE things (id integer);\nSELECT 1/0;")}})
	db, err := Open(url, Events(), bad)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if err := db.Migrate(t.Context()); err == nil || unavailable(err) {
		t.Errorf("bad migration: %v", err)
	}
	if err := db.Ready(t.Context()); !unavailable(err) {
		t.Errorf("ready without its schema: %v", err)
	}
	good := open(t, url)
	mustCreate(t, good, 1)
	if err := good.Migrate(t.Context()); err != nil {
		t.Errorf("again: %v", err)
	}
}
