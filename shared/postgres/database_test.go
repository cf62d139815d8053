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
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const soon = 20 * time.Second // the deadline of what happens at once

// things is a schema with a table that has nothing to do with events.
func things() Schema {
	return NewSchema("things", fstest.MapFS{"migrations/00001_things.sql": {Data: []byte(`-- +goose Up
		CREATE TABLE things (id integer PRIMARY KEY, size integer NOT NULL DEFAULT 0);`)}})
}

// open returns a database at url whose tables are those of events and things.
func open(t *testing.T, url string) *DB {
	t.Helper()
	db, err := Open(url, Events(), things())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

func newDB(t *testing.T) *DB { return open(t, pgtest.Database(t)) }

func draft(id int) event.Draft {
	return event.Draft{Type: "things.created", Subject: "thing/" + strconv.Itoa(id), Data: json.RawMessage(`{"id":` + strconv.Itoa(id) + `}`)}
}

// create stores a thing and its event.
func create(ctx context.Context, db *DB, id int) (int64, error) {
	return db.Change(ctx, func(tx Tx) (event.Draft, error) {
		_, err := tx.Exec(ctx, `INSERT INTO things (id) VALUES ($1)`, id)
		return draft(id), err
	})
}

func mustCreate(t *testing.T, db *DB, id int) int64 {
	t.Helper()
	seq, err := create(t.Context(), db, id)
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

func numbers(t *testing.T, db *DB, sql string, args ...any) []int64 {
	t.Helper()
	n, err := All(t.Context(), db, pgx.RowTo[int64], sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func number(t *testing.T, db *DB, sql string, args ...any) int64 {
	t.Helper()
	n, err := One(t.Context(), db, pgx.RowTo[int64], sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func unavailable(err error) bool {
	var known *apierror.Error
	return errors.As(err, &known) && known.Temporary()
}

// eventually tries again until ok, and fails the test if that takes too long.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(soon); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("not in time: " + what)
		}
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	for url, valid := range map[string]bool{
		"postgres://localhost/nowhere":                   true, // it does not connect
		"postgres://u:s3cret@localhost:5432/db?x=y":      true,
		"postgres://u:s3cret@localhost:port/db":          false,
		"postgres://u:s3cret@local host/db":              false,
		"postgres://localhost/db?pool_max_conns=s3cret":  false,
		"postgres://u:s3cret@localhost/db?sslmode=maybe": false,
	} {
		db, err := Open(url)
		if (err == nil) != valid {
			t.Errorf("%s: %v", url, err)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("the error shows the password: %v", err)
		}
		if err == nil {
			db.Close()
		}
	}
	for url, conns := range map[string]int32{"postgres://localhost/db": 10, "postgres://localhost/db?pool_max_conns=3": 3} {
		db, err := Open(url)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if got := db.pool.Config().MaxConns; got != conns {
			t.Errorf("%s: at most %d connections", url, got)
		}
	}
}

func TestOneAndAll(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	if _, err := One(t.Context(), db, pgx.RowTo[int32], `SELECT id FROM things`); !errors.Is(err, pgx.ErrNoRows) || unavailable(err) {
		t.Errorf("one of none: %v", err)
	}
	if v, err := All(t.Context(), db, pgx.RowTo[int32], `SELECT id FROM things`); err != nil || v == nil || len(v) != 0 {
		t.Errorf("all of none: %v, %v", v, err)
	}
	mustCreate(t, db, 1)
	mustCreate(t, db, 2)
	if _, err := One(t.Context(), db, pgx.RowTo[int32], `SELECT id FROM things`); err == nil {
		t.Error("one of two: no error")
	}
	if _, err := All(t.Context(), db, pgx.RowTo[int32], `SELECT nonsense`); err == nil || unavailable(err) {
		t.Errorf("nonsense: %v", err)
	}
}
