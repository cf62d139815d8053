package postgres

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"github.com/gittix/ticketing/shared/embedded/pgtest"
)

// counted counts how often one query is asked.
type counted struct {
	spans
	sql string
	n   *atomic.Int64
}

func (c counted) TraceQueryStart(ctx context.Context, conn *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	if q.SQL == c.sql { // and not what begins a connection
		c.n.Add(1)
	}
	return c.spans.TraceQueryStart(ctx, conn, q)
}

// newCopies returns copies with the ids 1 to 10, of which 5 is missing, that came some time ago.
func newCopies(t *testing.T, age string) (*DB, *Copies) {
	t.Helper()
	db := closed(t, pgtest.Database(t))
	must(t, failed(db.Exec(t.Context(), `CREATE TABLE copies (id integer PRIMARY KEY, copied_at timestamptz NOT NULL DEFAULT now());
		INSERT INTO copies SELECT id, now() - interval '`+age+`' FROM generate_series(1, 10) id WHERE id <> 5`)))
	return db, db.Copies("copies")
}

// What can be on its way is known from the newest copies.
func TestMayCome(t *testing.T) {
	t.Parallel()
	for age, may := range map[string]map[int32]bool{
		"1 minute": {5: false, 11: true, 42: true, 43: false, 1 << 30: false},
		"1 second": {5: true, 11: true, 42: true, 60: true, 61: false, 1 << 30: false},
	} {
		_, c := newCopies(t, age)
		c.see(nil)
		for id, want := range may {
			if c.newest.mayCome(id) != want {
				t.Errorf("%d, when the newest is %s old: %v", id, age, !want)
			}
		}
	}
}

// A wait is ended by the copy: by a signal in this process, by a look where another one has stored it; and at once where none
// can be on its way.
func TestAwaitCopies(t *testing.T) {
	t.Parallel()
	db, c := newCopies(t, "1 minute")
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	for range 3 {
		if c.Await(ctx, 1<<30) || c.Await(ctx, 5) || len(c.waits) > 0 {
			t.Error("waited for nothing")
		}
	}
	came := make(chan bool, 1)
	waits := func(n int) func() bool {
		return func() bool { c.mu.Lock(); defer c.mu.Unlock(); return len(c.waits) == n }
	}
	for id, arrive := range map[int32]func(){
		11: func() { c.Arrived(12); c.Arrived(11) },
		13: func() { must(t, failed(db.Exec(ctx, `INSERT INTO copies VALUES (13)`))) },
	} {
		go func() { came <- c.Await(ctx, id) }()
		await(t, "a wait", waits(1))
		arrive()
		if !<-came {
			t.Errorf("%d has not come", id)
		}
	}
	if c.Await(ctx, 20) { // after a second
		t.Error("what has not come, has come")
	}
	await(t, "rest", func() bool { c.mu.Lock(); defer c.mu.Unlock(); return !c.looking && len(c.waits) == 0 })
}

// Nothing looks, and nothing waits, once the DB is closed.
func TestCloseEndsWaits(t *testing.T) {
	t.Parallel()
	db, c := newCopies(t, "1 minute")
	w := &wait{11, make(chan bool, 1)}
	c.begin(w)
	db.Close()
	await(t, "the end", func() bool { c.mu.Lock(); defer c.mu.Unlock(); return !c.looking && len(c.waits) == 0 })
	if <-w.ended || c.begin(w) {
		t.Error("a closed DB is waited for")
	}
}

// However many wait, there is one query in 200 ms; and who comes when very many wait, is answered at once.
func TestOneQueryForAllWaits(t *testing.T) {
	t.Parallel()
	_, c := newCopies(t, "1 minute")
	var queries atomic.Int64
	config := c.db.pool.Config()
	config.ConnConfig.Tracer = counted{sql: c.look, n: &queries}
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	must(t, err)
	defer pool.Close()
	c.db = &DB{pool: pool, direct: pool, life: t.Context()}
	started := time.Now()
	var all errgroup.Group
	for range 3 * mostWaits {
		all.Go(func() error { c.Await(t.Context(), 11); return nil })
	}
	must(t, all.Wait())
	if most := int64(time.Since(started)/lookEvery) + 1; queries.Load() > most || queries.Load() == 0 {
		t.Errorf("%d queries in %v", queries.Load(), time.Since(started))
	}
}
