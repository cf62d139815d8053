package postgres

import (
	"context"
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
	db      *DB
	look    string
	mu      sync.Mutex
	waits   map[*wait]struct{}
	looking bool
	looked  time.Time
	newest  newest
}

type wait struct {
	id    int32
	ended chan bool // receives whether the copy has arrived
}

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
	c.end(func(w *wait) (over, arrived bool) { return w.id == id, true })
}

// Await waits for a copy that is not there, and reports whether it has come: at once, if none can be on its way, and after at
// most a second.
func (c *Copies) Await(ctx context.Context, id int32) bool {
	ctx, cancel := context.WithTimeout(ctx, copyWithin)
	defer cancel()
	w := &wait{id, make(chan bool, 1)}
	if !c.begin(w) {
		return false
	}
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

// AwaitNews returns when news of a copy that is there may have come: when an event of it has in this process, after 200 ms (by
// another process), or at the end of ctx.
func (c *Copies) AwaitNews(ctx context.Context, id int32) {
	ctx, cancel := context.WithTimeout(ctx, lookEvery)
	defer cancel()
	w := &wait{id, make(chan bool, 1)}
	c.mu.Lock()
	c.waits[w] = struct{}{}
	c.mu.Unlock()
	select {
	case <-w.ended:
	case <-ctx.Done():
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.waits, w)
	}
}

func (c *Copies) begin(w *wait) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waits) == mostWaits || time.Since(c.looked) < lookEvery && !c.newest.mayCome(w.id) {
		return false
	}
	c.waits[w] = struct{}{}
	if !c.looking {
		c.looking = true
		go c.watch()
	}
	return true
}

// watch looks again and again, until there is no wait left.
func (c *Copies) watch() {
	for {
		c.mu.Lock()
		pause := lookEvery - time.Since(c.looked)
		c.mu.Unlock()
		<-time.After(pause)
		c.mu.Lock()
		if c.looking = len(c.waits) > 0; !c.looking {
			c.mu.Unlock()
			return
		}
		ids := make([]int32, 0, len(c.waits))
		for w := range c.waits {
			ids = append(ids, w.id)
		}
		c.looked = time.Now()
		c.mu.Unlock()
		c.see(ids)
	}
}

func (c *Copies) see(ids []int32) {
	ctx, cancel := context.WithTimeout(context.Background(), copyWithin)
	defer cancel()
	seen, err := One(ctx, c.db, pgx.RowToStructByPos[newest], c.look, ids, newestRows)
	if err != nil {
		return // Await ends by its time-out
	}
	found := map[int32]bool{}
	for _, id := range seen.Found {
		found[id] = true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.newest = seen
	c.end(func(w *wait) (over, arrived bool) { return found[w.id] || !seen.mayCome(w.id), found[w.id] })
}

func (c *Copies) end(which func(*wait) (over, arrived bool)) {
	for w := range c.waits {
		if over, arrived := which(w); over {
			delete(c.waits, w)
			w.ended <- arrived
		}
	}
}
