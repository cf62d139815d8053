package postgres

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
)

func TestChangeAndEventOrNeither(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	broken, known := errors.New("broken"), apierror.New(409, "No.")
	put := func(tx Tx, id int) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO things (id) VALUES ($1)`, id)
		return err
	}
	for id, c := range []struct {
		name   string
		fn     func(Tx, int) (event.Draft, error)
		want   error // nil: committed
		silent bool  // committed without an event
	}{
		{name: "both", fn: func(tx Tx, id int) (event.Draft, error) { return draft(id), put(tx, id) }},
		{name: "no event", silent: true, fn: func(tx Tx, id int) (event.Draft, error) { return event.Draft{}, put(tx, id) }},
		{name: "error", want: broken, fn: func(tx Tx, id int) (event.Draft, error) { return draft(id), errors.Join(put(tx, id), broken) }},
		{name: "error for the client", want: known, fn: func(tx Tx, id int) (event.Draft, error) { return draft(id), errors.Join(put(tx, id), known) }},
		{name: "event that is no JSON", want: errAny, fn: func(tx Tx, id int) (event.Draft, error) {
			d := draft(id)
			d.Data = []byte(`{`)
			return d, put(tx, id)
		}},
		{name: "panic", want: errAny, fn: func(tx Tx, id int) (event.Draft, error) {
			if err := put(tx, id); err != nil {
				return event.Draft{}, err
			}
			panic("at the disco")
		}},
		{name: "unique", want: errAny, fn: func(tx Tx, id int) (event.Draft, error) { return draft(id), errors.Join(put(tx, id), put(tx, id)) }},
		{name: "the connection breaks", want: apierror.Unavailable(nil), fn: func(tx Tx, id int) (event.Draft, error) {
			return draft(id), errors.Join(put(tx, id), tx.Conn().Close(t.Context()))
		}},
	} {
		seq, err := changed(t.Context(), db, func(tx Tx) (event.Draft, error) { return c.fn(tx, id) })
		if (err == nil) != (c.want == nil) || c.want != nil && c.want != errAny && !errors.Is(err, c.want) {
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

var errAny = errors.New("any error")

// changed is Change with a panic for an error.
func changed(ctx context.Context, db *DB, fn func(Tx) (event.Draft, error)) (seq int64, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = errAny
		}
	}()
	return db.Change(ctx, fn)
}

// Two changes that want the same two things in opposite order both happen, once.
func TestDeadlockIsTriedAgain(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Database(t)+"&deadlock_timeout=50ms")
	mustCreate(t, db, 1)
	mustCreate(t, db, 2)
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	var attempts atomic.Int32
	holds := []chan struct{}{make(chan struct{}), make(chan struct{})} // closed when that change holds its first thing
	grow := func(i int) func() error {
		first := true
		return func() error {
			_, err := db.Change(ctx, func(tx Tx) (event.Draft, error) {
				attempts.Add(1)
				for step := range 2 {
					id := (i+step)%2 + 1
					if _, err := One(ctx, tx, pgx.RowTo[int32], `UPDATE things SET size = size + 1 WHERE id = $1 RETURNING size`, id); err != nil {
						return event.Draft{}, err
					}
					if first {
						first = false
						close(holds[i])
						select {
						case <-holds[1-i]:
						case <-ctx.Done():
							return event.Draft{}, ctx.Err()
						}
					}
				}
				return draft(10 + i), nil
			})
			return err
		}
	}
	var both errgroup.Group
	both.Go(grow(0))
	both.Go(grow(1))
	if err := both.Wait(); err != nil {
		t.Fatal(err)
	}
	if attempts.Load() < 3 {
		t.Error("there was no deadlock")
	}
	if sizes := numbers(t, db, `SELECT size FROM things`); !slices.Equal(sizes, []int64{2, 2}) {
		t.Errorf("sizes %v", sizes)
	}
	if n := number(t, db, `SELECT count(*) FROM outbox WHERE subject IN ('thing/10', 'thing/11')`); n != 2 {
		t.Errorf("%d events", n)
	}
}

func TestCollisionsEnd(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	attempts := 0
	_, err := db.Change(t.Context(), func(tx Tx) (event.Draft, error) {
		attempts++
		_, err := tx.Exec(t.Context(), `DO $$ BEGIN RAISE EXCEPTION 'collision' USING ERRCODE = '40001'; END $$`)
		return event.Draft{}, err
	})
	if !unavailable(err) || attempts != 4 {
		t.Errorf("%v after %d attempts", err, attempts)
	}
}

func TestIsUnique(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	mustCreate(t, db, math.MaxInt32)
	_, err := create(t.Context(), db, math.MaxInt32)
	if !IsUnique(err, "things_pkey") || IsUnique(err, "other") || IsUnique(nil, "things_pkey") || unavailable(err) {
		t.Errorf("the same again: %v", err)
	}
}
