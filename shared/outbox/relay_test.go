package outbox_test

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/outbox"
	"github.com/gittix/ticketing/shared/postgres"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const soon = 20 * time.Second // the deadline of what happens at once

var errRefused = errors.New("refused")

func open(t *testing.T, url string) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(url, postgres.Events())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

// write commits an event, or rolls it back.
func write(ctx context.Context, db *postgres.DB, commit bool) (int64, error) {
	return db.Change(ctx, func(tx postgres.Tx) (event.Draft, error) {
		d := event.Draft{Type: "things.created", Subject: "thing/1", Data: []byte(`{}`)}
		if commit {
			return d, nil
		}
		_, err := tx.Exec(ctx, `INSERT INTO outbox (type, subject, data, traceparent) VALUES ('lost', '', '{}', '')`)
		return d, errors.Join(err, errRefused)
	})
}

// unsent counts the events that are not sent, after a pause.
func unsent(t *testing.T, db *postgres.DB, pause time.Duration) int64 {
	t.Helper()
	n, err := postgres.One(t.Context(), db, pgx.RowTo[int64], `SELECT count(*) FROM pg_sleep($1), outbox WHERE sent_at IS NULL`, pause.Seconds())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// broker remembers the positions of the events that it was given.
type broker struct{ got sync.Map }

func (b *broker) publish(_ context.Context, e event.Event) error {
	seq, err := strconv.ParseInt(e.Extension("sequence"), 10, 64)
	if err != nil || e.Type() != "things.created" {
		return errors.Join(err, errors.New("an event that was not committed: "+e.String()))
	}
	b.got.Store(seq, true)
	return nil
}

func (b *broker) seqs() (all []int64) {
	b.got.Range(func(seq, _ any) bool { all = append(all, seq.(int64)); return true })
	slices.Sort(all)
	return all
}

func relay(source outbox.Source, publish func(context.Context, event.Event) error) outbox.Relay {
	return outbox.Relay{Source: source, Publish: publish, Log: slog.New(slog.DiscardHandler)}
}

// run runs a relay, and returns what ends it.
func run(t *testing.T, r outbox.Relay) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); r.Run(ctx) }()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

// Writers that commit and roll back, two relays, a broker that refuses and loses acknowledgements: what is
// published is what was committed.
func TestNothingLostNothingInvented(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	db, b := open(t, url), &broker{}
	for range 2 {
		run(t, relay(open(t, url).Outbox(), func(ctx context.Context, e event.Event) error {
			switch rand.IntN(10) {
			case 0:
				return errRefused
			case 1:
				return errors.Join(b.publish(ctx, e), errRefused) // the acknowledgement is lost
			}
			return b.publish(ctx, e)
		}))
	}
	var writers errgroup.Group
	var mu sync.Mutex
	var committed []int64
	for range 8 {
		writers.Go(func() error {
			for range 50 {
				commit := rand.IntN(3) > 0
				seq, err := write(t.Context(), db, commit)
				if commit != (err == nil) {
					return err
				}
				if commit {
					mu.Lock()
					committed = append(committed, seq)
					mu.Unlock()
				}
			}
			return nil
		})
	}
	if err := writers.Wait(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(soon); unsent(t, db, 10*time.Millisecond) > 0; {
		if time.Now().After(end) {
			t.Fatal("some events are not sent")
		}
	}
	slices.Sort(committed)
	if got := b.seqs(); !slices.Equal(got, committed) {
		t.Errorf("published %v\ncommitted %v", got, committed)
	}
}

// Told to stop while it sends, a relay waits for the acknowledgements and notes them.
func TestStopFinishesTheBatch(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.Database(t))
	if _, err := write(t.Context(), db, true); err != nil {
		t.Fatal(err)
	}
	sending, acknowledge := make(chan struct{}), make(chan struct{})
	stop := run(t, relay(db.Outbox(), func(ctx context.Context, _ event.Event) error {
		close(sending)
		<-acknowledge
		return ctx.Err()
	}))
	<-sending
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	close(acknowledge)
	<-stopped
	if n := unsent(t, db, 0); n != 0 {
		t.Errorf("%d events would be sent again", n)
	}
}

func TestFlush(t *testing.T) {
	t.Parallel()
	db, b := open(t, pgtest.Database(t)), &broker{}
	if _, err := db.Exec(t.Context(), `INSERT INTO outbox (type, subject, data, traceparent)
		SELECT 'things.created', 'thing/1', '{}', '' FROM generate_series(1, 600)`); err != nil { // several batches
		t.Fatal(err)
	}
	refuse := func(context.Context, event.Event) error { return errRefused }
	if err := relay(db.Outbox(), refuse).Flush(t.Context()); !errors.Is(err, errRefused) || unsent(t, db, 0) != 600 {
		t.Errorf("broker away: %v, %d unsent", err, unsent(t, db, 0))
	}
	ctx, cancel := context.WithCancel(t.Context())
	hang := func(ctx context.Context, _ event.Event) error { cancel(); <-ctx.Done(); return ctx.Err() }
	if err := relay(db.Outbox(), hang).Flush(ctx); err == nil || unsent(t, db, 0) != 600 {
		t.Errorf("out of time: %v, %d unsent", err, unsent(t, db, 0))
	}
	if err := relay(db.Outbox(), b.publish).Flush(t.Context()); err != nil || unsent(t, db, 0) != 0 || len(b.seqs()) != 600 {
		t.Errorf("%v, %d unsent, %d published", err, unsent(t, db, 0), len(b.seqs()))
	}
}
