package postgres

import (
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/gittix/ticketing/shared/embedded/pgtest"
)

// However many start at once, each migration runs once and all go on when it is done.
func TestMigrateTogether(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	slow := schema("SELECT pg_sleep(0.3);\nCREATE TABLE things (id integer PRIMARY KEY);") // so that they meet
	var all errgroup.Group
	dbs := make([]*DB, 4)
	for i := range dbs {
		dbs[i] = closed(t, url+"&pool_max_conns=1", Events(), slow)
		all.Go(func() error { return dbs[i].Migrate(t.Context()) })
	}
	must(t, all.Wait())
	for i, db := range dbs {
		must(t, db.Ready(t.Context()))
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
	db := closed(t, url, Events(), schema("CREATE TABLE things (id integer);\nSELECT 1/0;"))
	if err := db.Migrate(t.Context()); err == nil || unavailable(err) {
		t.Errorf("bad migration: %v", err)
	}
	if err := db.Ready(t.Context()); !unavailable(err) {
		t.Errorf("ready without its schema: %v", err)
	}
	good := open(t, url)
	mustCreate(t, good, 1)
	must(t, good.Migrate(t.Context())) // again
}
