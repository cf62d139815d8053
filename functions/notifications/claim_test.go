package notifications

import (
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/timestamp"
)

// TestClaimEnds: what a worker has claimed that hangs, or has died, is another's once its claim ends, and not before. What the first says of it
// after that does not end the other's claim.
func TestClaimEnds(t *testing.T) {
	t.Parallel()
	n, run := started(t, nil)
	c, now := n.channels[mailChannel], timestamp.Of(time.Now()).Time
	n.now = func() time.Time { return now }
	claim := func() delivery {
		t.Helper()
		d, err := n.claim(t.Context(), c)
		run.Must(err)
		return d
	}
	unclaimed := func(when string) {
		t.Helper()
		if d, err := n.claim(t.Context(), c); !isNone(err) {
			t.Errorf("%s another claims it: %+v, %v", when, d, err)
		}
	}
	first := claim()
	ends := now.Add(c.lease())
	if due := run.Due("send-mails"); !due.Equal(ends) {
		t.Errorf("due at %v, want %v, when the claim ends", due, ends)
	}
	now = ends.Add(-time.Millisecond)
	unclaimed("before the claim ends")
	now = ends
	second := claim()
	if second.ID != first.ID || second.Attempts != 2 || !second.Lost {
		t.Errorf("%+v", second)
	}
	run.Must(n.note(t.Context(), c, first, errors.New("no answer")))
	now = ends.Add(pauses[0] * 2) // when the first would have it tried again; the second's claim has not ended
	unclaimed("after the first has failed")
	run.Must(n.note(t.Context(), c, second, nil))
	run.Counted(map[string]float64{"deliveries_total channel=mail outcome=sent": 1})
}

// TestClaimMeetsAnother: of two messages to one target, another process claims the first, and has not committed that yet: the second is not claimed.
func TestClaimMeetsAnother(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	n, run := startedOn(t, url, nil)
	other, _ := startedOn(t, url, nil)
	paid(t, run, 1)
	paid(t, run, 2)
	err := claimDuring(t, n, other, func(tx postgres.Tx) error {
		now := n.now()
		_, err := tx.Exec(t.Context(), claimNext, mailChannel, now, now.Add(time.Minute), perUser)
		return err
	}, "deliveries: "+mailChannel)
	if !isNone(err) {
		t.Errorf("both are claimed: %v", err)
	}
}

// TestClaimMeetsAnEnd: a message that is dropped at this moment is not claimed.
func TestClaimMeetsAnEnd(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	n, run := startedOn(t, url, nil)
	other, _ := startedOn(t, url, nil)
	paid(t, run, 1)
	err := claimDuring(t, n, other, func(tx postgres.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE deliveries SET state = 'dropped'`)
		return err
	}, "a change")
	if !isNone(err) {
		t.Errorf("it is claimed: %v", err)
	}
}

// TestPauseMeetsClaim: a message to a webhook has failed. Until all that waits for the webhook is held back, nothing else is sent to it; what is
// overdue is given up, and counted.
func TestPauseMeetsClaim(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	n, run := startedOn(t, url, nil)
	other, _ := startedOn(t, url, nil)
	for order := range int32(3) {
		paid(t, run, order+1)
	}
	_, err := n.db.Exec(t.Context(), `UPDATE deliveries SET channel = $1, target = 'webhook/1', until = CASE id WHEN 3 THEN created_at ELSE until END`, webhookChannel)
	run.Must(err)
	c := n.channels[webhookChannel]
	d, err := n.claim(t.Context(), c)
	run.Must(err)
	noted := during(t, n, other, func(tx postgres.Tx) error {
		_, err := tx.Exec(t.Context(), `SELECT FROM deliveries WHERE id = $1 + 1 FOR UPDATE`, d.ID)
		return err
	}, "a change", func() error {
		return n.note(t.Context(), c, d, paused{errors.New("it answered 500"), n.now().Add(time.Hour)})
	}, func() {
		if next, err := n.claim(t.Context(), c); !isNone(err) {
			t.Errorf("claimed: %+v, %v", next, err)
		}
	})
	run.Must(noted)
	run.Counted(map[string]float64{"deliveries_total channel=webhook outcome=" + retried: 1, "deliveries_total channel=webhook outcome=" + givenUp: 1})
}

// claimDuring claims a mail in the middle of a change by another process.
func claimDuring(t *testing.T, n, other *Notifications, change func(postgres.Tx) error, turn string) error {
	t.Helper()
	return during(t, n, other, change, turn, func() error {
		_, err := n.claim(t.Context(), n.channels[mailChannel])
		return err
	}, func() {})
}

// during calls act in the middle of a change by another process, which goes on once act is done or waits for it, and meanwhile was called.
func during(t *testing.T, n, other *Notifications, change func(postgres.Tx) error, turn string, act func() error, meanwhile func()) error {
	t.Helper()
	done := make(chan error, 1)
	_, err := other.db.ChangeInTurn(t.Context(), turn, func(tx postgres.Tx) (none event.Draft, _ error) {
		pid, err := postgres.One(t.Context(), tx, pgx.RowTo[int32], `SELECT pg_backend_pid()`)
		if err == nil {
			err = change(tx)
		}
		go func() { done <- act() }()
		for waits := false; err == nil && !waits && len(done) == 0; {
			waits, err = postgres.One(t.Context(), n.db, pgx.RowTo[bool], `SELECT count(*) > 0 FROM pg_stat_activity, pg_sleep(0.005) WHERE $1 = ANY(pg_blocking_pids(pid))`, pid)
		}
		meanwhile()
		return none, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return <-done
}
