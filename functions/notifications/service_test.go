//go:debug x509usefallbackroots=1

package notifications_test

import (
	"context"
	"crypto/x509"
	"net"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/functions/notifications"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/mailserver"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/timestamp"
)

// trusted is a server whose certificate everything here believes, for 127.0.0.1 and not for localhost.
var trusted = httptest.NewTLSServer(nil)

func TestMain(m *testing.M) {
	roots := x509.NewCertPool()
	roots.AddCert(trusted.Certificate())
	x509.SetFallbackRoots(roots)
	pgtest.Main(m)
}

const (
	buyer, seller, first, second = 5, 7, 8, 9

	linkKey = "of-the-tests-for-the-links-in-mails"
)

// addresses are the users'.
var addresses = map[int32]string{buyer: "bob@example.com", seller: "ada@example.com", first: "eve@example.com", second: "joe@example.com"}

// fixture is the service on a database and a mail server of its own, with a clock that the test sets.
type fixture struct {
	*functiontest.Run
	t       testing.TB
	service function.Service
	db      *postgres.DB
	mails   *mailserver.Server
	clock   atomic.Pointer[time.Time]
	starts  *timestamp.Time // the event of ticket 3
}

// start starts it, with these words of the mail server to each recipient.
func start(t testing.TB, accept func(to string) error) *fixture {
	t.Helper()
	server, url := serveMails(t, accept)
	f := with(t, url, "20s")
	f.mails = server
	return f
}

// serveMails starts a mail server, and returns it with its SMTP_URL.
func serveMails(t testing.TB, accept func(to string) error) (*mailserver.Server, string) {
	t.Helper()
	server, err := mailserver.Open(mailserver.Config{Dir: t.TempDir(), Accept: accept})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server.Serve(listener)
	t.Cleanup(func() { _ = server.Close() })
	return server, "smtp://" + listener.Addr().String() + "?tls=none"
}

// with starts it with a mail server somewhere.
func with(t testing.TB, smtp, timeout string) *fixture {
	t.Helper()
	url := pgtest.Database(t)
	values := config.Values{
		"DATABASE_URL": url, "JWT_SECRET": functiontest.Secret, "MAIL_LINK_KEY": linkKey, "WEBHOOK_KEY": functiontest.Secret,
		"SMTP_URL": smtp, "TRUSTED_ORIGINS": "https://shop.example", "BASE_PATH": "/shop", "SMTP_TIMEOUT": timeout,
	}
	if smtp != "" {
		values["MAIL_FROM"] = "Tickets <tickets@shop.example>"
	}
	s, err := notifications.New(values)
	if err != nil {
		t.Fatal(err)
	}
	db, err := postgres.Open(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	s.Signatures = functiontest.Signatures()
	f := &fixture{t: t, service: s, db: db}
	f.pass(0)
	*s.Clock = func() time.Time { return *f.clock.Load() }
	f.Run = functiontest.Start(t, s)
	for id, email := range addresses {
		functiontest.Deliver(t, f.Run, "copy-account", event.AuthAccountChanged, event.Account{UserID: id, Email: email, Confirmed: true})
	}
	return f
}

// pass lets time pass.
func (f *fixture) pass(d time.Duration) {
	now := time.Now().UTC()
	if last := f.clock.Load(); last != nil {
		now = *last
	}
	now = now.Add(d)
	f.clock.Store(&now)
}

func (f *fixture) now() time.Time { return *f.clock.Load() }

// send runs the schedule.
func (f *fixture) send() {
	f.t.Helper()
	f.Must(f.Tick("send-mails"))
}

// got are the subjects of the mails to a user.
func (f *fixture) got(user int32) (subjects []string) {
	for _, m := range f.mails.Mails(addresses[user]) {
		subjects = append(subjects, m.Subject)
	}
	return subjects
}

// wants checks the subjects of the mails to a user.
func (f *fixture) wants(user int32, subjects ...string) {
	f.t.Helper()
	if got := f.got(user); functiontest.Text(got) != functiontest.Text(subjects) {
		f.t.Errorf("user %d got %q, want %q", user, got, subjects)
	}
}

// reasons are those of the dead letters.
func (f *fixture) reasons() []string {
	f.t.Helper()
	all, err := postgres.All(context.Background(), f.db, pgx.RowTo[string], `SELECT function || ': ' || reason FROM dead_letters ORDER BY id`)
	f.Must(err)
	return all
}

// order is one of the buyer's, of ticket 3.
func (f *fixture) order(id, version int32, status event.OrderStatus) event.Order {
	now := timestamp.Of(f.now())
	return event.Order{
		ID: id, UserID: buyer, TicketID: 3, Version: version, Status: status, CreatedAt: now, UpdatedAt: now, ExpiresAt: timestamp.Of(f.now().Add(15 * time.Minute)),
		Ticket: event.OrderTicket{ID: 3, Title: "Cup final", Price: 4250},
	}
}

func (f *fixture) note(o event.Order) {
	f.t.Helper()
	functiontest.Deliver(f.t, f.Run, "note-order", event.OrderUpdated, o)
}

// ticket is the seller's ticket 3, which an order holds that is not 0.
func (f *fixture) ticket(version int32, status event.TicketStatus, order int32) {
	f.t.Helper()
	t := event.Ticket{ID: 3, Title: "Cup final", Price: 4250, UserID: seller, Status: status, Version: version, UpdatedAt: timestamp.Of(f.now()), Withdrawn: status == event.TicketIsWithdrawn}
	t.StartsAt = f.starts
	if order != 0 {
		t.OrderID = &order
	}
	functiontest.Deliver(f.t, f.Run, "note-ticket", event.TicketUpdated, t)
}

// TestCopyAccount: the newest version of an account is kept, whichever comes last.
func TestCopyAccount(t *testing.T) {
	t.Parallel()
	f := with(t, "", "20s")
	for _, a := range []event.Account{{UserID: buyer, Email: "b@example.com", Version: 2, Confirmed: true}, {UserID: buyer, Email: "a@example.com", Version: 1}} {
		functiontest.Deliver(t, f.Run, "copy-account", event.AuthAccountChanged, a)
	}
	email, err := postgres.One(t.Context(), f.db, pgx.RowTo[string], `SELECT email FROM accounts WHERE user_id = 5 AND confirmed`)
	if err != nil || email != "b@example.com" {
		t.Errorf("%s, %v", email, err)
	}
}
