package postgres

import (
	"context"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

func TestClassify(t *testing.T) {
	t.Parallel()
	notFound := apierror.New(404, "No.")
	for _, c := range []struct {
		err  error
		away bool
	}{
		{nil, false},
		{errors.New("a mistake"), false},
		{pgx.ErrNoRows, false},
		{notFound, false},
		{errors.Join(notFound, io.ErrUnexpectedEOF), false}, // the client's answer is known
		{&pgconn.PgError{Code: "23505"}, false},             // unique
		{&pgconn.PgError{Code: "42P01"}, false},             // no such table
		{&pgconn.PgError{Code: "22021"}, false},             // no such text
		{&pgconn.PgError{Code: "57P01"}, true},              // shutting down
		{&pgconn.PgError{Code: "57P03"}, true},              // starting up
		{&pgconn.PgError{Code: "53300"}, true},              // too many connections
		{&pgconn.PgError{Code: "40P01"}, true},              // deadlock
		{&pgconn.PgError{Code: "55P03"}, true},              // lock timeout
		{&pgconn.PgError{Code: "08006"}, true},              // connection failure
		{&pgconn.ConnectError{}, true},
		{io.ErrUnexpectedEOF, true},
		{os.ErrDeadlineExceeded, true},
		{context.DeadlineExceeded, true},
		{context.Canceled, true},
	} {
		got := classify(c.err)
		if unavailable(got) != c.away || !errors.Is(got, c.err) {
			t.Errorf("%v became %v", c.err, got)
		}
	}
}

// With the server gone everything says so; when it is back everything works again, on the same DB.
func TestServerAwayAndBack(t *testing.T) {
	t.Parallel()
	server := pgtest.Server(t)
	db, err := Open(server.URL("postgres"), Events(), things())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if err := db.Ready(t.Context()); !unavailable(err) {
		t.Errorf("ready before its migrations: %v", err)
	}
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	db.Outbox().poll = 100 * time.Millisecond
	everything := map[string]func(context.Context) error{
		"ready": db.Ready,
		"one": func(ctx context.Context) error {
			_, err := One(ctx, db, pgx.RowTo[int], `SELECT 1`)
			return err
		},
		"all": func(ctx context.Context) error {
			_, err := All(ctx, db, pgx.RowTo[int], `SELECT 1`)
			return err
		},
		"exec": func(ctx context.Context) error {
			_, err := db.Exec(ctx, `DELETE FROM things`)
			return err
		},
		"change": func(ctx context.Context) error {
			_, err := db.Change(ctx, func(Tx) (event.Draft, error) { return draft(1), nil })
			return err
		},
		"migrate": db.Migrate,
		"sweep":   db.SweepOutbox,
		"replay": func(ctx context.Context) error {
			_, err := db.Outbox().Replay(ctx, time.Now())
			return err
		},
		"relay": func(ctx context.Context) error {
			_, err := db.Outbox().Relay(ctx, 1, func(_ context.Context, e []event.Event) []error { return make([]error, len(e)) })
			return err
		},
		"wait": func(ctx context.Context) error { // twice: there may be a notification that came in time
			return errors.Join(db.Outbox().Wait(ctx), db.Outbox().Wait(ctx))
		},
		"bury": func(ctx context.Context) error {
			return db.DeadLetters().Add(ctx, function.DeadLetter{Function: "f", Reason: "r"})
		},
		"list": func(ctx context.Context) error {
			_, err := db.DeadLetters().List(ctx, 0, 1)
			return err
		},
	}
	for name, do := range everything {
		if err := do(t.Context()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if err := server.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	for range 2 { // on connections that broke, and on new ones
		for name, do := range everything {
			if err := do(ctx); !unavailable(err) {
				t.Errorf("%s while the server is away: %v", name, err)
			}
		}
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, do := range everything {
		eventually(t, name+" works again", func() bool { return do(t.Context()) == nil })
	}
	seq := mustCreate(t, db, 99)
	_, err = db.Change(t.Context(), func(tx Tx) (event.Draft, error) {
		_, err := tx.Exec(t.Context(), `UPDATE things SET size = 1`)
		return draft(100), errors.Join(err, server.Restart(t.Context()))
	})
	if !unavailable(err) {
		t.Errorf("the server went away during a change: %v", err)
	}
	eventually(t, "the server answers", func() bool { return db.Ready(t.Context()) == nil })
	if n := number(t, db, `SELECT (SELECT sum(size) FROM things) + (SELECT count(*) FROM outbox WHERE seq > $1)`, seq); n != 0 {
		t.Error("half a change was committed")
	}
}
