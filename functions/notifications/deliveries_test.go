package notifications_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/postgres"
)

// TestServerAway: mails wait for a server that is away, for days, and each is then sent once.
func TestServerAway(t *testing.T) {
	t.Parallel()
	var back atomic.Bool
	f := start(t, until(&back, 451, "try again later"))
	f.note(f.order(1, 1, event.OrderIsComplete))
	for range 6 {
		f.send()
		f.pass(11 * time.Hour)
	}
	f.wants(buyer)
	back.Store(true)
	f.pass(11 * time.Hour)
	f.send()
	f.send()
	f.wants(buyer, "Your ticket: Cup final")
	if got := f.reasons(); len(got) != 0 {
		t.Errorf("dead letters: %q", got)
	}
}

// TestServerGone: a mail that cannot be sent for three days is a dead letter that says why; its replay sends it.
func TestServerGone(t *testing.T) {
	t.Parallel()
	var back atomic.Bool
	f := start(t, until(&back, 451, "try again later"))
	f.note(f.order(1, 1, event.OrderIsComplete))
	for range 8 {
		f.send()
		f.pass(11 * time.Hour)
	}
	if got := f.reasons(); len(got) != 1 || !strings.HasPrefix(got[0], "note-order: receipt to user/5: ") || !strings.Contains(got[0], "try again later") {
		t.Fatalf("dead letters: %q", got)
	}
	f.Counted(map[string]float64{"deliveries_total channel=mail outcome=given_up": 1})
	back.Store(true)
	f.replay()
	f.send()
	f.wants(buyer, "Your ticket: Cup final")
	if got := f.reasons(); len(got) != 0 {
		t.Errorf("dead letters after the replay: %q", got)
	}
}

// TestRefusedForGood: a mail that the server refuses for good is a dead letter at once, without its address.
func TestRefusedForGood(t *testing.T) {
	t.Parallel()
	f := start(t, func(to string) error {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user: " + to}
	})
	f.note(f.order(1, 1, event.OrderIsComplete))
	f.send()
	if got := f.reasons(); len(got) != 1 || !strings.Contains(got[0], "no such user: <address>") || strings.Contains(got[0], addresses[buyer]) {
		t.Errorf("dead letters: %q", got)
	}
	f.Counted(map[string]float64{"deliveries_total channel=mail outcome=given_up": 1, "deliveries_total channel=mail outcome=retried": 0})
	if f.Logged(addresses[buyer]) > 0 {
		t.Error("the address is in the log")
	}
}

// TestHangs: while the server says nothing to one recipient, the others get their mails in the same run.
func TestHangs(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	f := start(t, func(to string) error {
		if to == addresses[buyer] {
			<-release
		}
		return nil
	})
	f.note(f.order(1, 1, event.OrderIsComplete))
	f.note(f.order(2, 1, event.OrderIsComplete)) // to the same one: it waits for the first
	done := make(chan error)
	go func() { done <- f.Tick("send-mails") }()
	for i := range int32(20) { // some of them while the run goes on
		o := f.order(10+i, 1, event.OrderIsComplete)
		o.UserID = first
		f.note(o)
	}
	for len(f.mails.Mails(addresses[first])) < 20 {
		select {
		case err := <-done:
			t.Fatalf("the run ended with %d mails: %v", len(f.mails.Mails(addresses[first])), err)
		case <-time.After(10 * time.Millisecond):
		}
	}
	f.wants(buyer)
	close(release)
	f.Must(<-done)
	f.wants(buyer, "Your ticket: Cup final", "Your ticket: Cup final")
}

// TestCrash: a mail whose attempt was not noted is sent again after its lease, with the same Message-ID; not before.
func TestCrash(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.note(f.order(1, 1, event.OrderIsComplete))
	f.send()
	_, err := f.db.Exec(t.Context(), `UPDATE deliveries SET state = 'waiting', ended_at = NULL, leased_until = $1`, f.now().Add(time.Minute))
	f.Must(err)
	f.send()
	f.wants(buyer, "Your ticket: Cup final")
	f.pass(2 * time.Minute)
	f.send()
	m := f.mails.Mails(addresses[buyer])
	if len(m) != 2 || m[0].MessageID != m[1].MessageID {
		t.Errorf("%+v", m)
	}
}

// TestUnknownAccount: a mail to someone whose address has not come yet waits for it.
func TestUnknownAccount(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	o := f.order(1, 1, event.OrderIsComplete)
	o.UserID = 77
	f.note(o)
	f.send()
	functiontest.Deliver(t, f.Run, "copy-account", event.AuthAccountChanged, event.Account{UserID: 77, Email: "new@example.com"})
	f.pass(time.Minute)
	f.send()
	if got := f.mails.Mails("new@example.com"); len(got) != 1 {
		t.Errorf("%+v", got)
	}
}

// TestNoServer: without a mail server mails are dropped, and say why; the log says it from the start, once.
func TestNoServer(t *testing.T) {
	t.Parallel()
	f := with(t, "", "20s")
	f.send()
	if n := f.Logged("SMTP_URL is not set: no mails are sent"); n != 1 {
		t.Errorf("it was said %d times before there was a mail", n)
	}
	f.note(f.order(1, 1, event.OrderIsComplete))
	f.send()
	if n := f.Logged("SMTP_URL is not set: no mails are sent"); n != 1 {
		t.Errorf("it was said %d times", n)
	}
	f.Counted(map[string]float64{"deliveries_total channel=mail outcome=dropped": 1})
	reason, err := postgres.One(t.Context(), f.db, pgx.RowTo[string], `SELECT reason FROM deliveries`)
	if err != nil || reason != "no mail server is set" {
		t.Errorf("%q, %v", reason, err)
	}
}

// TestSweepDeliveries: what ended long ago is deleted, what waits is not.
func TestSweepDeliveries(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.note(f.order(1, 1, event.OrderIsComplete))
	f.send()
	f.pass(31 * 24 * time.Hour)
	f.note(f.order(2, 1, event.OrderIsComplete))
	f.Must(f.Tick("sweep-deliveries"))
	keys, err := postgres.All(t.Context(), f.db, pgx.RowTo[string], `SELECT key FROM deliveries`)
	if err != nil || len(keys) != 1 || keys[0] != "receipt/order/2" {
		t.Errorf("%q, %v", keys, err)
	}
}

// until is what a mail server says to each recipient until it is back.
func until(back *atomic.Bool, code int, says string) func(string) error {
	return func(string) error {
		if back.Load() {
			return nil
		}
		return &smtp.SMTPError{Code: code, Message: says}
	}
}

// replay gives all dead letters to their functions again, as the operator's command does.
func (f *fixture) replay() {
	f.t.Helper()
	letters, err := f.service.DeadLetters.List(context.Background(), 0, 100)
	f.Must(err)
	for _, l := range letters {
		f.Must(f.service.Replay(context.Background(), l))
	}
}
