package revocation

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/singleflight"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
)

const (
	freshFor   = 500 * time.Millisecond // so long the copy is good
	staleAfter = 2 * time.Second        // so old, it is not used, however long it took to read it
	reloadFrom = time.Hour              // so old, it is read anew: what has expired is then forgotten
	readWithin = 5 * time.Second        // the query, and the wait for a connection
)

var errStale = errors.New("revocation: it took too long to read what has ended")

// List is the sessions that have ended, as this service's database knows them.
type List struct {
	db     *postgres.DB
	now    func() time.Time
	seed   maphash.Seed
	flight singleflight.Group

	mu     sync.RWMutex
	loaded time.Time        // when all of it was read last
	asOf   time.Time        // it knows what was committed before then
	since  string           // the oldest transaction that had not ended then
	ended  map[uint64]int32 // by hash of the subject: a few bytes each, since a day's sign-outs are in here
}

var _ session.Ended = (*List)(nil)

// New returns the list in a database that has the Schema. Nothing is read yet.
func New(db *postgres.DB) *List {
	return &List{db: db, now: time.Now, seed: maphash.MakeSeed()}
}

// Guard returns the guard of a service's endpoints.
func (l *List) Guard(keys session.Keys) session.Guard {
	return session.NewGuard(keys, l, session.Settings{})
}

// Ended reports whether a session has ended.
//
// Errors: apierror.Unavailable: the database is, and what is in memory is too old.
func (l *List) Ended(ctx context.Context, c session.Claims) (bool, error) {
	if over, age := l.look(c); age < freshFor {
		return over, nil
	}
	over, mine, err := l.readTogether(ctx, c)
	if err != nil && !mine && ctx.Err() == nil { // it began before this request, and the process may have been frozen while it ran
		over, _, err = l.readTogether(ctx, c)
	}
	return over, err
}

// readTogether reads what is new, or waits for a read that is under way, and then is not mine.
func (l *List) readTogether(ctx context.Context, c session.Claims) (over, mine bool, err error) {
	var begun atomic.Bool
	read := l.flight.DoChan("", func() (any, error) {
		begun.Store(true)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readWithin) // others wait for it, too
		defer cancel()
		return nil, l.refresh(ctx)
	})
	select {
	case <-ctx.Done():
		return false, true, apierror.Unavailable(ctx.Err())
	case r := <-read:
		over, age := l.look(c)
		if r.Err == nil && age >= staleAfter { // the query was slow, or the process frozen
			r.Err = apierror.Unavailable(errStale)
		}
		return over, begun.Load(), r.Err
	}
}

// look reports what the copy says, and how old it is. A clock that was set back makes it stale.
func (l *List) look(c session.Claims) (over bool, age time.Duration) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if age = l.now().Sub(l.asOf); age < 0 {
		age = staleAfter
	}
	if _, over = l.ended[maphash.String(l.seed, "session/"+c.SessionID)]; !over {
		generation := l.ended[maphash.String(l.seed, "user/"+c.ID)]
		over = c.Generation < generation
	}
	return over, age
}

// change is a row that the copy may lack, or "" for none.
type change struct {
	Oldest     string // transaction that has not ended
	Subject    string
	Generation int32
}

// refresh reads what was noted since the last time. A transaction may commit after one that began later, so what is new is
// not what is "greater than the last", but what was noted by transactions that had not ended at the last snapshot. Where that
// goes backwards, the database is another one (restored, failed over), and all of it is read.
func (l *List) refresh(ctx context.Context) error {
	asOf := l.now().Round(0) // by the wall clock: the other one may stand still while a process is frozen
	l.mu.RLock()
	since, all := l.since, asOf.Sub(l.loaded) >= reloadFrom || asOf.Before(l.loaded)
	l.mu.RUnlock()
	if all {
		since = "0"
	}
	changes, err := l.read(ctx, since)
	if err == nil && older(changes[0].Oldest, since) {
		all = true
		changes, err = l.read(ctx, "0")
	}
	if err != nil {
		return fmt.Errorf("revocation: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if all {
		l.ended, l.loaded = make(map[uint64]int32, len(changes)), asOf
	}
	for _, c := range changes {
		hash := maphash.String(l.seed, c.Subject)
		l.ended[hash] = max(l.ended[hash], c.Generation)
	}
	l.asOf, l.since = asOf, changes[0].Oldest
	return nil
}

// read returns at least one change, of one snapshot.
func (l *List) read(ctx context.Context, since string) ([]change, error) {
	return postgres.All(ctx, l.db, pgx.RowToStructByPos[change], `
		SELECT pg_snapshot_xmin(pg_current_snapshot())::text, coalesce(subject, ''), coalesce(generation, 0)
		FROM (VALUES ($1::text::xid8)) AS last (since)
		LEFT JOIN ended_sessions ON noted_in >= since AND expires_at > now()`, since)
}

// older compares two numbers of transactions, as text.
func older(a, b string) bool { return len(a) < len(b) || len(a) == len(b) && a < b }
