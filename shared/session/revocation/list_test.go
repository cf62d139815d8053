package revocation

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/timestamp"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// fixture is a list on a database and a clock of its own.
type fixture struct {
	*List
	t    *testing.T
	time time.Time
}

func start(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t, time: time.Now()}
	f.List = f.replica(pgtest.Database(t))
	if err := f.db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return f
}

// replica returns the list of another process, on the same clock.
func (f *fixture) replica(url string) *List {
	f.t.Helper()
	db, err := postgres.Open(url, Schema())
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(db.Close)
	l := New(db)
	l.now = func() time.Time { return f.time }
	return l
}

func (f *fixture) pass(d time.Duration) { f.time = f.time.Add(d) }

func (f *fixture) note(s event.SessionsEnded) {
	f.t.Helper()
	if s.UserID == 0 {
		s.UserID = 1
	}
	if s.ExpiresAt.IsZero() {
		s.ExpiresAt = timestamp.Of(time.Now().Add(time.Hour))
	}
	if err := f.Note(f.t.Context(), s); err != nil {
		f.t.Fatal(err)
	}
}

// is checks whether the session of user 1 has ended.
func (f *fixture) is(ended bool, id string, generation int32) {
	f.t.Helper()
	over, err := f.Ended(f.t.Context(), session.Claims{ID: "1", SessionID: id, Generation: generation})
	if err != nil || over != ended {
		f.t.Errorf("session %s of generation %d has ended: %v, %v", id, generation, over, err)
	}
}

func TestOneSessionEnds(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.is(false, "a", 0)
	f.note(event.SessionsEnded{SessionID: "a"})
	f.note(event.SessionsEnded{SessionID: "a"}) // comes twice
	f.is(false, "a", 0)                         // what is in memory is good still
	f.pass(freshFor)
	f.is(true, "a", 0)
	f.is(false, "b", 0)
	f.pass(reloadFrom) // and is read as a whole
	f.is(true, "a", 0)
}

// Generations end together, in whichever order their events come.
func TestAllSessionsOfAUserEnd(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.note(event.SessionsEnded{Generation: 2})
	f.note(event.SessionsEnded{Generation: 1})
	f.note(event.SessionsEnded{UserID: 7, Generation: 9})
	f.is(true, "a", 0)
	f.is(true, "a", 1)
	f.is(false, "a", 2)
	f.note(event.SessionsEnded{Generation: 3})
	f.pass(freshFor)
	f.is(true, "a", 2)
	f.is(false, "a", 3)
}

// TestNoQueryPerRequest: what is in memory answers, and the database is not asked, until it is half a second old. After that
// it is not known.
func TestNoQueryPerRequest(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.note(event.SessionsEnded{SessionID: "a"})
	f.is(true, "a", 0)
	f.db.Close()
	f.pass(freshFor - 1)
	f.is(true, "a", 0)
	f.is(false, "b", 0)
	f.pass(1)
	for _, id := range []string{"a", "b"} {
		_, err := f.Ended(t.Context(), session.Claims{ID: "1", SessionID: id})
		if err == nil {
			t.Errorf("session %s is judged by what is too old", id)
		}
	}
}

// TestNobodyKnows: before the first answer of the database, and while it is away, the error is 503.
func TestNobodyKnows(t *testing.T) {
	t.Parallel()
	f := &fixture{t: t, time: time.Now()}
	f.List = f.replica("postgres://nobody@127.0.0.1:1/none")
	if _, err := f.Ended(t.Context(), session.Claims{ID: "1", SessionID: "a"}); apierror.From(err).Status != 503 {
		t.Error(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	leave()
	if _, err := f.Ended(ctx, session.Claims{ID: "1", SessionID: "a"}); !errors.Is(err, context.Canceled) && apierror.From(err).Status != 503 {
		t.Error(err)
	}
}

// TestLateCommit: a session whose end was stored before another's, and committed after it, is not passed over.
func TestLateCommit(t *testing.T) {
	t.Parallel()
	f := start(t)
	started, commit, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		_, err := f.db.Change(t.Context(), func(tx postgres.Tx) (none event.Draft, err error) {
			_, err = tx.Exec(t.Context(), `INSERT INTO ended_sessions (subject, expires_at) VALUES ('session/slow', now() + interval '1 hour')`)
			close(started)
			<-commit
			return none, err
		})
		done <- err
	}()
	<-started
	f.note(event.SessionsEnded{SessionID: "quick"})
	f.is(true, "quick", 0)
	f.is(false, "slow", 0)
	close(commit)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	f.pass(freshFor)
	f.is(true, "slow", 0)
}

// TestAnotherDatabase: one that was restored, or a replica that took over, counts its transactions from somewhere else.
func TestAnotherDatabase(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.is(false, "a", 0)
	f.since = "18446744073709551615"
	f.note(event.SessionsEnded{SessionID: "a"})
	f.pass(freshFor)
	f.is(true, "a", 0)
}

// TestClocks: a clock that was set back, or stood still while the process was frozen, keeps nothing alive.
func TestClocks(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.is(false, "a", 0)
	f.note(event.SessionsEnded{SessionID: "a"})
	f.pass(-time.Minute)
	f.is(true, "a", 0)
}

// TestFrozenWhileReading: what was read before a process was frozen says nothing of what ended meanwhile.
func TestFrozenWhileReading(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.now = func() time.Time {
		f.pass(staleAfter) // each time that somebody looks
		return f.time
	}
	if _, err := f.Ended(t.Context(), session.Claims{ID: "1", SessionID: "a"}); !errors.Is(err, apierror.Unavailable(nil)) {
		t.Error("an old copy is taken for a new one:", err)
	}
}

// What has expired is deleted by the next that comes.
func TestExpiredIsForgotten(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.note(event.SessionsEnded{SessionID: "old", ExpiresAt: timestamp.Of(time.Now().Add(-time.Second))})
	f.is(false, "old", 0)
	f.note(event.SessionsEnded{SessionID: "new"})
	var n int
	rows, err := f.db.Query(t.Context(), `SELECT count(*) FROM ended_sessions`)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		err = errors.Join(err, rows.Scan(&n))
	}
	if err := errors.Join(err, rows.Err()); err != nil || n != 1 {
		t.Errorf("%d are stored, %v", n, err)
	}
}

func BenchmarkEnded(b *testing.B) {
	l := New(nil)
	l.asOf, l.ended = time.Now(), map[uint64]int32{}
	l.now = func() time.Time { return l.asOf }
	c := session.Claims{ID: "1", SessionID: "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
	for range 100_000 {
		l.ended[uint64(len(l.ended))*2654435761] = 0
	}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if over, err := l.Ended(b.Context(), c); over || err != nil {
				b.Error(over, err)
			}
		}
	})
}
