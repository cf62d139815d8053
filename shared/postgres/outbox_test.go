package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
)

// ids returns the positions of events.
func ids(events []event.Event) (all []string) {
	for _, e := range events {
		all = append(all, fmt.Sprint(e.Extension("sequence")))
	}
	return all
}

// relayed sends what waits, at most limit, and returns what that was.
func relayed(t *testing.T, db *DB, limit int) (sent []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	n, err := db.Outbox().Relay(ctx, limit, func(_ context.Context, events []event.Event) []error {
		sent = ids(events)
		return make([]error, len(events))
	})
	if err != nil || n != len(sent) {
		t.Fatalf("claimed %d, sent %v, %v", n, sent, err)
	}
	return sent
}

func TestRelayedEvent(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	d := draft(7)
	d.Data, d.TraceParent = []byte("{\"title\":\"\\u0000 \u00e9 <\"}"), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	before := time.Now()
	seq, err := db.Change(t.Context(), func(Tx) (event.Draft, error) { return d, nil })
	must(t, err)
	var e event.Event
	must(t, failed(db.Outbox().Relay(t.Context(), 1, func(_ context.Context, events []event.Event) []error {
		e = events[0]
		return []error{nil}
	})))
	if len(e.ID()) < 20 || e.Extension("sequence") != fmt.Sprint(seq) || e.Extension("traceparent") != d.TraceParent ||
		e.Type() != d.Type || e.Subject() != d.Subject || e.Source() != "/things" || string(e.Data) != string(d.Data) ||
		e.Time().Sub(before).Abs() > time.Minute {
		t.Errorf("%s", e)
	}
}

func TestSentMeansAcknowledged(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	a, b, c := fmt.Sprint(mustCreate(t, db, 1)), fmt.Sprint(mustCreate(t, db, 2)), fmt.Sprint(mustCreate(t, db, 3))
	refused := errors.New("refused")
	n, err := db.Outbox().Relay(t.Context(), 100, func(_ context.Context, events []event.Event) []error {
		if sent := number(t, db, `SELECT count(*) FROM outbox WHERE sent_at IS NOT NULL`); sent != 0 || !slices.Equal(ids(events), []string{a, b, c}) {
			t.Errorf("%d are marked while %v are being sent", sent, ids(events))
		}
		return []error{nil, refused, nil}
	})
	if n != 3 || !errors.Is(err, refused) {
		t.Errorf("claimed %d, %v", n, err)
	}
	// The relay dies while it sends: what it held is free at once.
	_, err = db.Outbox().Relay(t.Context(), 100, func(context.Context, []event.Event) []error {
		number(t, db, `SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity
			WHERE datname = current_database() AND state = 'idle in transaction'`)
		return []error{nil}
	})
	if !unavailable(err) {
		t.Errorf("the relay's connection broke: %v", err)
	}
	if sent := relayed(t, db, 100); !slices.Equal(sent, []string{b}) {
		t.Errorf("sent %v, want the one that was refused, %s", sent, b)
	}
	if sent := relayed(t, db, 100); sent != nil {
		t.Errorf("sent again: %v", sent)
	}
}

// What a relay reads does not grow with the events that were sent, although its statements were planned when there were none.
func TestRelayReadsByIndex(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	db := open(t, url)
	scans := func() int { // what a connection has counted is known once its process has ended
		old, err := One(t.Context(), db, pgx.RowTo[[]int32], `SELECT array_agg(pid) FROM pg_stat_activity WHERE datname = current_database()`)
		must(t, err)
		db.Close()
		db = open(t, url)
		for ended := false; !ended; {
			ended, err = One(t.Context(), db, pgx.RowTo[bool], `SELECT count(*) = 0 FROM pg_stat_activity, pg_sleep(0.005) WHERE pid = ANY ($1)`, old)
			must(t, err)
		}
		n, err := One(t.Context(), db, pgx.RowTo[int], `SELECT seq_scan::int FROM pg_stat_user_tables WHERE relname = 'outbox'`)
		must(t, err)
		return n
	}
	before := scans()
	for id := range 300 {
		if mustCreate(t, db, id+1); id%30 == 29 {
			relayed(t, db, 100)
		}
	}
	if n := scans(); n != before {
		t.Errorf("the table was read %d times", n-before)
	}
}

// Positions are given out before commit: a smaller one may become visible after a larger one was sent.
func TestLateCommitIsSent(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	var early int64
	must(t, pgx.BeginFunc(t.Context(), db.pool, func(tx Tx) error {
		var b pgx.Batch
		must(t, db.Outbox().queue(&b, draft(1), &early))
		must(t, tx.SendBatch(t.Context(), &b).Close())
		late := mustCreate(t, db, 2)
		if sent := relayed(t, db, 100); late < early || !slices.Equal(sent, []string{fmt.Sprint(late)}) {
			t.Errorf("sent %v while %d is not committed", sent, early)
		}
		return nil
	}))
	if sent := relayed(t, db, 100); !slices.Equal(sent, []string{fmt.Sprint(early)}) {
		t.Errorf("sent %v, want %d", sent, early)
	}
}

func TestRelaysShare(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	var all []string
	for id := range 5 {
		all = append(all, fmt.Sprint(mustCreate(t, db, id)))
	}
	must(t, failed(db.Outbox().Relay(t.Context(), 3, func(_ context.Context, events []event.Event) []error {
		if other := relayed(t, db, 100); !slices.Equal(ids(events), all[:3]) || !slices.Equal(other, all[3:]) {
			t.Errorf("one sends %v, the other %v", ids(events), other)
		}
		return make([]error, 3)
	})))
}

func TestReplay(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	mustCreate(t, db, 1)
	relayed(t, db, 100)
	must(t, failed(db.Exec(t.Context(), `UPDATE outbox SET created_at = created_at - interval '1 hour'`)))
	since := time.Now()
	second := fmt.Sprint(mustCreate(t, db, 2))
	relayed(t, db, 100)
	third := fmt.Sprint(mustCreate(t, db, 3)) // not sent yet: nothing to send again
	if n, err := db.Outbox().Replay(t.Context(), since, time.Time{}); n != 1 || err != nil {
		t.Errorf("%d to be sent again, %v", n, err)
	}
	if sent := relayed(t, db, 100); !slices.Equal(sent, []string{second, third}) {
		t.Errorf("sent %v, want %s and %s", sent, second, third)
	}
}

func TestSweepOutbox(t *testing.T) {
	t.Parallel()
	db := newDB(t)
	must(t, failed(db.Exec(t.Context(), `
		INSERT INTO outbox (type, subject, data, traceparent, created_at, sent_at)
		SELECT 't', kind, '{}', '', now() - interval '1 year', sent FROM (VALUES
			('old', now() - interval '14 days 1 minute', 2500), ('young', now() - interval '13 days 23 hours', 3), ('unsent', NULL, 3)) AS v (kind, sent, many),
			generate_series(1, many)`)))
	must(t, db.SweepOutbox(t.Context()))
	left := numbers(t, db, `SELECT count(*) FROM outbox GROUP BY subject ORDER BY subject`)
	if !slices.Equal(left, []int64{3, 3}) {
		t.Errorf("left of unsent and young: %v", left)
	}
}

// The dispatcher's role sees the outbox and nothing else.
func TestRelayNeedsTheOutboxOnly(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	db := open(t, url)
	role := fmt.Sprintf("relay_%d", time.Now().UnixNano())
	must(t, failed(db.Exec(t.Context(), `CREATE ROLE `+role+`; GRANT SELECT, UPDATE ON outbox TO `+role)))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), soon)
		defer cancel()
		if _, err := db.Exec(ctx, `DROP OWNED BY `+role+`; DROP ROLE `+role); err != nil {
			t.Error(err)
		}
	})
	relay, err := Open(url + "&role=" + role)
	must(t, err)
	defer relay.Close() // before the role goes
	seq := mustCreate(t, db, 1)
	must(t, relay.Outbox().Wait(t.Context()))
	if sent := relayed(t, relay, 100); !slices.Equal(sent, []string{fmt.Sprint(seq)}) {
		t.Errorf("sent %v", sent)
	}
	if _, err := relay.Exec(t.Context(), `DELETE FROM things`); err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("the role may do more: %v", err)
	}
}
