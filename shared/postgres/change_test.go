package postgres

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
)

var errAny = errors.New("any error")

// changed is Change with errAny for a panic.
func changed(ctx context.Context, db *DB, fn func(Tx) (event.Draft, error)) (seq int64, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = errAny
		}
	}()
	return db.Change(ctx, fn)
}

func TestChangeAndEventOrNeither(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	known := apierror.New(409, "No.")
	for id, c := range []struct {
		name   string
		after  func(tx Tx, d *event.Draft) error // what follows the insert
		want   error                             // nil: committed
		silent bool                              // committed without an event
	}{
		{name: "both", after: func(Tx, *event.Draft) error { return nil }},
		{name: "no event", silent: true, after: func(_ Tx, d *event.Draft) error { *d = event.Draft{}; return nil }},
		{name: "error", want: errAny, after: func(Tx, *event.Draft) error { return errAny }},
		{name: "error for the client", want: known, after: func(Tx, *event.Draft) error { return known }},
		{name: "event that is no JSON", want: errAny, after: func(_ Tx, d *event.Draft) error { d.Data = []byte(`{`); return nil }},
		{name: "panic", want: errAny, after: func(Tx, *event.Draft) error { panic("at the disco") }},
		{name: "unique", want: errAny, after: func(tx Tx, _ *event.Draft) error {
			return failed(tx.Exec(t.Context(), `INSERT INTO things SELECT * FROM things`))
		}},
		{name: "the connection breaks", want: apierror.Unavailable(nil), after: func(tx Tx, _ *event.Draft) error { return tx.Conn().Close(t.Context()) }},
	} {
		seq, err := changed(t.Context(), db, func(tx Tx) (event.Draft, error) {
			d, err := put(t.Context(), tx, id)
			return d, errors.Join(err, c.after(tx, &d))
		})
		if (err == nil) != (c.want == nil) || c.want != errAny && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		stored := number(t, db, `SELECT count(*) FROM things WHERE id = $1`, id)
		events := numbers(t, db, `SELECT seq FROM outbox WHERE subject = $1`, draft(id).Subject)
		wantStored, wantEvents := int64(0), []int64{}
		if c.want == nil {
			wantStored = 1
			if !c.silent {
				wantEvents = []int64{seq}
			}
		}
		if stored != wantStored || !slices.Equal(events, wantEvents) || c.silent && seq != 0 {
			t.Errorf("%s: %d stored, events %v, position %d", c.name, stored, events, seq)
		}
	}
}

// A transaction that collides with another is tried again, three times, and happens once.
func TestCollisionsAreTriedAgain(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	for id, code := range []string{"40P01", "40001"} { // deadlock, serialization
		for _, collisions := range []int{4, 3} {
			attempts := 0
			_, err := db.Change(t.Context(), func(tx Tx) (event.Draft, error) {
				attempts++
				d, err := put(t.Context(), tx, id)
				if attempts <= collisions && err == nil {
					_, err = tx.Exec(t.Context(), `DO $$ BEGIN RAISE EXCEPTION 'collision' USING ERRCODE = '`+code+`'; END $$`)
				}
				return d, err
			})
			if attempts != 4 || unavailable(err) != (collisions == 4) || err != nil && collisions == 3 {
				t.Errorf("%s %d times: %v after %d attempts", code, collisions, err, attempts)
			}
		}
	}
	if n := number(t, db, `SELECT (SELECT count(*) FROM things) * 10 + (SELECT count(*) FROM outbox)`); n != 22 {
		t.Errorf("%d things and events, want 22", n)
	}
}
