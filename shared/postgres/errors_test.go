package postgres

import (
	"context"
	"errors"
	"fmt"
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
	for away, errs := range map[bool][]error{
		false: {nil, errors.New("a mistake"), pgx.ErrNoRows, notFound, errors.Join(notFound, io.ErrUnexpectedEOF)}, // the client's answer is known
		true:  {&pgconn.ConnectError{}, fmt.Errorf("%w: %w", &pgconn.ConnectError{}, &pgconn.PgError{Code: "28P01"}), io.ErrUnexpectedEOF, os.ErrDeadlineExceeded, context.DeadlineExceeded, context.Canceled},
	} {
		for _, err := range errs {
			if got := classify(err); unavailable(got) != away || !errors.Is(got, err) {
				t.Errorf("%v became %v", err, got)
			}
		}
	}
	for code, away := range map[string]bool{
		"23505": false, "42601": false, "22021": false, // unique, syntax, no such text
		"42P01": true, "42703": true, "42883": true, "42P10": true, // no such table, column, function, unique index: of another version's schema
		"25006": true, "25P03": true, "53100": true, // read-only, idle in a transaction for too long, disk full
		"57P01": true, "57P03": true, "53300": true, "40P01": true, "55P03": true, "08006": true, // stops, starts, too many connections, deadlock, lock timeout, connection
	} {
		err := &pgconn.PgError{Code: code}
		if got := classify(err); unavailable(got) != away || !errors.Is(got, err) {
			t.Errorf("%s became %v", code, got)
		}
	}
}

// While the server is unavailable every error says so; when it is back everything works again, on the same DB.
func TestServerAwayAndBack(t *testing.T) {
	t.Parallel()
	server := pgtest.Server(t)
	db := closed(t, server.URL("postgres"), Events(), things())
	o := db.Outbox()
	if err := db.Ready(t.Context()); !unavailable(err) {
		t.Errorf("ready before its migrations: %v", err)
	}
	must(t, db.Migrate(t.Context()))
	o.poll = 100 * time.Millisecond
	letter := function.DeadLetter{Function: "f", Reason: "r"}
	everything := map[string]func(context.Context) error{
		"ready": db.Ready, "migrate": db.Migrate, "sweep": db.SweepOutbox,
		"one":    func(ctx context.Context) error { return failed(One(ctx, db, pgx.RowTo[int], `SELECT 1`)) },
		"all":    func(ctx context.Context) error { return failed(All(ctx, db, pgx.RowTo[int], `SELECT 1`)) },
		"exec":   func(ctx context.Context) error { return failed(db.Exec(ctx, `DELETE FROM things`)) },
		"replay": func(ctx context.Context) error { return failed(o.Replay(ctx, time.Now(), time.Time{})) },
		"add":    func(ctx context.Context) error { return db.DeadLetters().Add(ctx, letter) },
		"list":   func(ctx context.Context) error { return failed(db.DeadLetters().List(ctx, 0, 1)) },
		"wait":   func(ctx context.Context) error { return errors.Join(o.Wait(ctx), o.Wait(ctx)) }, // a notification may have come in time
		"change": func(ctx context.Context) error {
			return failed(db.Change(ctx, func(Tx) (event.Draft, error) { return draft(1), nil }))
		},
		"relay": func(ctx context.Context) error {
			return failed(o.Relay(ctx, 1, func(_ context.Context, e []event.Event) []error { return make([]error, len(e)) }))
		},
	}
	for name, do := range everything {
		if err := do(t.Context()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	must(t, server.Stop(t.Context()))
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	for range 2 { // on connections that broke, and on new ones
		for name, do := range everything {
			if err := do(ctx); !unavailable(err) {
				t.Errorf("%s while the server is unavailable: %v", name, err)
			}
		}
	}
	must(t, server.Restart(t.Context()))
	for name, do := range everything {
		for err := do(ctx); err != nil; err = do(ctx) { // a broken connection of the pool may still be met
			if ctx.Err() != nil {
				t.Fatalf("%s does not work again: %v", name, err)
			}
		}
	}
	seq := mustCreate(t, db, 99)
	_, err := db.Change(t.Context(), func(tx Tx) (event.Draft, error) {
		_, err := tx.Exec(t.Context(), `UPDATE things SET size = 1`)
		return draft(100), errors.Join(err, server.Restart(t.Context()))
	})
	if !unavailable(err) {
		t.Errorf("the server went away during a change: %v", err)
	}
	for db.Ready(ctx) != nil && ctx.Err() == nil {
	}
	if n := number(t, db, `SELECT (SELECT sum(size) FROM things) + (SELECT count(*) FROM outbox WHERE seq > $1)`, seq); n != 0 {
		t.Error("half a change was committed")
	}
}
