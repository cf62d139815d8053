package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const soon = 20 * time.Second // the deadline of what happens at once

// schema is a schema of one migration.
func schema(sql string) Schema {
	return NewSchema("things", fstest.MapFS{"migrations/00001_things.sql": {Data: []byte("-- +goose Up\n" + sql)}})
}

// things is a schema with a table that has nothing to do with events.
func things() Schema {
	return schema(`CREATE TABLE things (id integer PRIMARY KEY, size integer NOT NULL DEFAULT 0);`)
}

// closed returns a database that is not migrated, and is closed when the test ends.
func closed(t *testing.T, url string, schemas ...Schema) *DB {
	t.Helper()
	db, err := Open(url, schemas...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

// open returns a database at url whose tables are those of events and things.
func open(t *testing.T, url string) *DB {
	t.Helper()
	db := closed(t, url, Events(), things())
	must(t, db.Migrate(t.Context()))
	return db
}

func newDB(t *testing.T) *DB { return open(t, pgtest.Database(t)) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// failed drops a result.
func failed[T any](_ T, err error) error { return err }

func draft(id int) event.Draft {
	return event.Draft{Type: "things.created", Subject: "thing/" + strconv.Itoa(id), Data: json.RawMessage(`{"id":` + strconv.Itoa(id) + `}`)}
}

// put stores a thing, and returns its event.
func put(ctx context.Context, tx Tx, id int) (event.Draft, error) {
	return draft(id), failed(tx.Exec(ctx, `INSERT INTO things (id) VALUES ($1)`, id))
}

func mustCreate(t *testing.T, db *DB, id int) int64 {
	t.Helper()
	seq, err := db.Change(t.Context(), func(tx Tx) (event.Draft, error) { return put(t.Context(), tx, id) })
	must(t, err)
	return seq
}

func numbers(t *testing.T, db *DB, sql string, args ...any) []int64 {
	t.Helper()
	n, err := All(t.Context(), db, pgx.RowTo[int64], sql, args...)
	must(t, err)
	return n
}

func number(t *testing.T, db *DB, sql string, args ...any) int64 {
	t.Helper()
	return numbers(t, db, sql, args...)[0]
}

func unavailable(err error) bool {
	var known *apierror.Error
	return errors.As(err, &known) && known.Temporary()
}

// eventually waits until sql, asked of db, returns want.
func eventually(t *testing.T, db *DB, want int64, sql string) {
	t.Helper()
	for end := time.Now().Add(soon); number(t, db, sql) != want; number(t, db, `SELECT count(pg_sleep(0.005))`) {
		if time.Now().After(end) {
			t.Fatalf("not in time: %s = %d", sql, want)
		}
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	for url, conns := range map[string]int32{ // 0: the URL is malformed
		"postgres://u:s3cret@localhost:5432/db?x=y": 10, "postgres://localhost/db?pool_max_conns=3": 3, // it does not connect
		"postgres://u:s3cret@localhost:port/db": 0, "postgres://u:s3cret@local host/db": 0,
		"postgres://localhost/db?pool_max_conns=4 postgres://localhost/db": 4, // a pooler, and the server
		"": 10, " ": 0, "postgres://localhost/db postgres://u:s3cret@:x/": 0, "postgres://u:s3cret@:x/ postgres://localhost/db": 0, "postgres://a postgres://b postgres://u:s3cret@c": 0,
		"postgres://localhost/db?pool_max_conns=s3cret": 0, "postgres://u:s3cret@localhost/db?sslmode=maybe": 0,
	} {
		db, err := Open(url)
		if (err == nil) != (conns > 0) || err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", url, err)
		}
		if err == nil {
			if got := db.pool.Config().MaxConns; got != conns {
				t.Errorf("%s: at most %d connections", url, got)
			}
			db.Close()
		}
	}
}

func TestOneAndAll(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	const query = `SELECT id FROM things`
	instead := errors.New("instead")
	if _, err := One(t.Context(), db, pgx.RowTo[int32], query); !errors.Is(err, pgx.ErrNoRows) || unavailable(err) || NoRows(err, instead) != instead {
		t.Errorf("one of none: %v", err)
	}
	if v := numbers(t, db, query); v == nil || len(v) != 0 {
		t.Errorf("all of none: %v", v)
	}
	mustCreate(t, db, 1)
	mustCreate(t, db, 2)
	if _, err := One(t.Context(), db, pgx.RowTo[int32], query); err == nil || NoRows(err, instead) == instead {
		t.Errorf("one of two: %v", err)
	}
	if _, err := All(t.Context(), db, pgx.RowTo[int32], `SELECT 1 / 0`); err == nil || unavailable(err) {
		t.Errorf("no number: %v", err)
	}
}

func TestDeadLetters(t *testing.T) {
	t.Parallel()
	functiontest.DeadLetters(t, newDB(t).DeadLetters())
}
