package postgres

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	copyWithin = time.Second            // a wait for a late copy
	lookEvery  = 200 * time.Millisecond // at the table, in all waits together
	mostWaits  = 100                    // at once; who comes then is answered at once
	fewAhead   = 32                     // ids that may be given out while an event is on its way
	newestRows = 512                    // looked at, to see how busy it is
)

// Copies are the rows of a table that a service copies from another's events, by the ids that the other one gives out in
// their order. They tell whether a row that is missing may be on its way, and wait for it, without a connection.
//
// How far the copies have come is seen from the newest ones. An id that is older than those, while none has come for ten seconds,
// or that is further ahead than ids can have been given out meanwhile, does not exist. The busier it was within these ten seconds, the
// further ahead an id may be.
type Copies struct {
	db   *DB
	look string // the query for newest

	mu      sync.Mutex
	waits   map[*wait]struct{} // under way
	looking bool               // watch runs, as it does while there are waits
	looked  time.Time          // when it looked last
	newest  newest             // what it saw
}

type wait struct {
	id    int32
	ended chan bool // receives whether the copy has arrived
}

// newest is how far the copies have come.
type newest struct {
	ID    int32
	Busy  int32   // copies of the last ten seconds
	Found []int32 // of those that are waited for
}

// mayCome reports whether the copy of an id that is not there may be on its way.
func (n newest) mayCome(id int32) bool {
	if id <= n.ID {
		return n.Busy > 0
	}
	return id-n.ID <= fewAhead+2*n.Busy
}

// Copies returns those in a table, which has the columns id and copied_at (timestamptz, by default now()).
func (db *DB) Copies(table string) *Copies {
	name := pgx.Identifier{table}.Sanitize()
	made, _ := db.copies.LoadOrStore(table, &Copies{db: db, waits: map[*wait]struct{}{}, look: `
		SELECT coalesce(max(id), 0), count(*) FILTER (WHERE copied_at > now() - interval '10 s')::int,
			ARRAY(SELECT id FROM ` + name + ` WHERE id = ANY($1))
		FROM (SELECT id, copied_at FROM ` + name + ` ORDER BY id DESC LIMIT $2) newest`})
	return made.(*Copies)
}

// Arrived wakes those of this process who wait for a copy. What other processes store is found by looking.
func (c *Copies) Arrived(id int32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for w := range c.waits {
		if w.id == id {
			c.end(w, true)
		}
	}
}

// Await waits for a copy that is not there, and reports whether it has come: at once, if none can be on its way, and after at
// most a second.
func (c *Copies) Await(ctx context.Context, id int32) bool {
	w := &wait{id, make(chan bool, 1)}
	return c.begin(w) && c.sleep(ctx, w, copyWithin)
}

// AwaitNews returns when news of a copy that is there may have come: when an event of it has in this process, after 200 ms (by
// another process), or at the end of ctx.
func (c *Copies) AwaitNews(ctx context.Context, id int32) {
	w := &wait{id, make(chan bool, 1)}
	c.mu.Lock()
	c.waits[w] = struct{}{}
	c.mu.Unlock()
	c.sleep(ctx, w, lookEvery)
}

// sleep returns when a wait ends, and reports whether its copy has arrived.
func (c *Copies) sleep(ctx context.Context, w *wait, within time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	select {
	case arrived := <-w.ended:
		return arrived
	case <-ctx.Done():
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.waits, w)
		return false
	}
}

// begin adds a wait, unless the DB is closed, there are too many, or the last look has shown that it would be for nothing.
func (c *Copies) begin(w *wait) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.db.life.Err() != nil || len(c.waits) >= mostWaits || time.Since(c.looked) < lookEvery && !c.newest.mayCome(w.id) {
		return false
	}
	c.waits[w] = struct{}{}
	if !c.looking {
		c.looking = true
		go c.watch()
	}
	return true
}

// end ends a wait. The caller holds the lock.
func (c *Copies) end(w *wait, arrived bool) {
	delete(c.waits, w)
	w.ended <- arrived
}

// watch looks again and again, until there is no wait left or the DB is closed.
func (c *Copies) watch() {
	for ids := c.next(); len(ids) > 0; ids = c.next() {
		c.see(ids)
	}
}

// next pauses until it is time to look, and returns the ids that are waited for. Without any, the watch is over. Once the DB is
// closed, it ends all waits.
func (c *Copies) next() (ids []int32) {
	c.mu.Lock()
	pause := lookEvery - time.Since(c.looked)
	c.mu.Unlock()
	select {
	case <-time.After(pause):
	case <-c.db.life.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for w := range c.waits {
		if c.db.life.Err() != nil {
			c.end(w, false)
			continue
		}
		ids = append(ids, w.id)
	}
	if c.looking = len(ids) > 0; c.looking {
		c.looked = time.Now()
	}
	return ids
}

// see looks once, and ends the waits for what is there, and for what cannot come.
func (c *Copies) see(ids []int32) {
	ctx, cancel := context.WithTimeout(c.db.life, copyWithin)
	defer cancel()
	seen, err := One(ctx, c.db, pgx.RowToStructByPos[newest], c.look, ids, newestRows)
	if err != nil {
		return // Await ends by its time-out
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.newest = seen
	for w := range c.waits {
		if arrived := slices.Contains(seen.Found, w.id); arrived || !seen.mayCome(w.id) {
			c.end(w, arrived)
		}
	}
}
