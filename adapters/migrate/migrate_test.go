package migrate_test

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gittix/ticketing/adapters/migrate"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgserver"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var quiet = slog.New(slog.DiscardHandler)

// town is a server with nothing on it but an administrator, who is no superuser: Aurora has none to give.
type town struct {
	server *pgserver.Server
	values config.Values
	t      *testing.T
}

func newTown(t *testing.T) town {
	t.Helper()
	server := pgtest.Server(t)
	tw := town{server: server, t: t}
	conn := tw.connect(server.URL("postgres"))
	for _, statement := range []string{
		`CREATE ROLE master LOGIN CREATEROLE CREATEDB PASSWORD 'm'`, `GRANT ALL ON DATABASE postgres TO master`,
	} {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	var databases, outboxes []string
	for _, s := range []string{"auth", "tickets", "orders", "payments"} {
		databases = append(databases, s+"="+tw.url(s, s+"-secret", s))
		if s != "auth" {
			outboxes = append(outboxes, s+"="+tw.url("dispatcher", "dispatcher-secret", s))
		}
	}
	tw.values = config.Values{
		"MIGRATE_ADMIN_URL": tw.url("master", "m", "postgres"),
		"MIGRATE_DATABASES": strings.Join(databases, " "), "DISPATCH_OUTBOXES": strings.Join(outboxes, "\n"),
	}
	return tw
}

func (tw town) url(role, password, database string) string {
	u, err := url.Parse(tw.server.URL(database))
	if err != nil {
		tw.t.Fatal(err)
	}
	u.User = url.UserPassword(role, password)
	return u.String()
}

func (tw town) connect(url string) *pgx.Conn {
	tw.t.Helper()
	conn, err := pgx.Connect(tw.t.Context(), url)
	if err != nil {
		tw.t.Fatal(err)
	}
	tw.t.Cleanup(func() {
		if err := conn.Close(context.Background()); err != nil {
			tw.t.Error(err)
		}
	})
	return conn
}

// refusal returns PostgreSQL's code of what a role got when it tried, or "".
func (tw town) refusal(url, statement string) string {
	tw.t.Helper()
	conn, err := pgx.Connect(tw.t.Context(), url)
	if err == nil {
		_, err = conn.Exec(tw.t.Context(), statement)
		if closed := conn.Close(tw.t.Context()); closed != nil {
			tw.t.Error(closed)
		}
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	if err != nil {
		tw.t.Errorf("%s: %v", statement, err)
	}
	return ""
}

func (tw town) migrate() {
	tw.t.Helper()
	ctx, cancel := context.WithTimeout(tw.t.Context(), time.Minute)
	defer cancel()
	if err := migrate.Run(ctx, tw.values, quiet); err != nil {
		tw.t.Fatal(err)
	}
}

const (
	forbidden     = "42501"
	wrongPassword = "28P01"
)

func TestEachRoleSeesItsOwn(t *testing.T) {
	t.Parallel()
	tw := newTown(t)
	tw.migrate()
	tw.migrate() // a second time finds nothing to do
	for _, c := range []struct{ role, password, database, statement, want string }{
		{"tickets", "tickets-secret", "tickets", `INSERT INTO tickets (title, price, user_id) VALUES ('Cup final', 100, 1)`, ""},
		{"orders", "orders-secret", "orders", `SELECT * FROM orders`, ""},
		{"tickets", "wrong", "tickets", `SELECT 1`, wrongPassword},
		{"tickets", "tickets-secret", "orders", `SELECT * FROM orders`, forbidden},
		{"orders", "orders-secret", "auth", `SELECT * FROM users`, forbidden},
		{"orders", "orders-secret", "orders", `CREATE ROLE thief`, forbidden},
		{"orders", "orders-secret", "orders", `CREATE DATABASE loot`, forbidden},
		{"dispatcher", "dispatcher-secret", "tickets", `SELECT * FROM outbox FOR UPDATE SKIP LOCKED`, ""},
		{"dispatcher", "dispatcher-secret", "tickets", `SELECT * FROM tickets`, forbidden},
		{"dispatcher", "dispatcher-secret", "tickets", `UPDATE outbox SET type = 'payments.created'`, forbidden},
		{"dispatcher", "dispatcher-secret", "tickets", `INSERT INTO outbox (type, subject, data, traceparent) VALUES ('', '', '{}', '')`, forbidden},
		{"dispatcher", "dispatcher-secret", "tickets", `DELETE FROM outbox`, forbidden},
		{"dispatcher", "dispatcher-secret", "payments", `SELECT * FROM dead_letters`, forbidden},
		{"dispatcher", "dispatcher-secret", "tickets", `CREATE TABLE nest ()`, forbidden},
		{"dispatcher", "dispatcher-secret", "auth", `SELECT 1`, forbidden},
	} {
		if got := tw.refusal(tw.url(c.role, c.password, c.database), c.statement); got != c.want {
			t.Errorf("%s on %s: %s: got %q, want %q", c.role, c.database, c.statement, got, c.want)
		}
	}
}

func TestTheDispatcherRelays(t *testing.T) {
	t.Parallel()
	tw := newTown(t)
	tw.migrate()
	owner := tw.connect(tw.url("tickets", "tickets-secret", "tickets"))
	if _, err := owner.Exec(t.Context(), `INSERT INTO outbox (type, subject, data, traceparent) VALUES ('tickets.created', 'ticket/1', '{}', '')`); err != nil {
		t.Fatal(err)
	}
	db, err := postgres.Open(tw.url("dispatcher", "dispatcher-secret", "tickets"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	relay := func() (sent int) {
		if _, err := db.Outbox().Relay(t.Context(), 10, func(_ context.Context, events []event.Event) []error {
			sent = len(events)
			return make([]error, len(events))
		}); err != nil {
			t.Fatal(err)
		}
		return sent
	}
	if first, second := relay(), relay(); first != 1 || second != 0 {
		t.Errorf("relayed %d events, then %d; want 1, then none", first, second)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := db.Outbox().Wait(ctx); err != nil {
		t.Errorf("the dispatcher may not listen: %v", err)
	}
}

func TestPasswordsAreRotated(t *testing.T) {
	t.Parallel()
	tw := newTown(t)
	tw.migrate()
	tw.values["MIGRATE_DATABASES"] = strings.ReplaceAll(tw.values["MIGRATE_DATABASES"], "auth-secret", "auth-2")
	tw.migrate()
	if got := tw.refusal(tw.url("auth", "auth-2", "auth"), `SELECT * FROM users`); got != "" {
		t.Errorf("the new password: %s", got)
	}
	if got := tw.refusal(tw.url("auth", "auth-secret", "auth"), `SELECT 1`); got != wrongPassword {
		t.Errorf("the old password: %q", got)
	}
}

// A server that is not there yet is waited for, a mistake is not.
func TestWaiting(t *testing.T) {
	t.Parallel()
	tw := newTown(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := tw.server.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	refused := make(chan struct{})
	log := slog.New(signal{slog.DiscardHandler, refused})
	done := make(chan error, 1)
	go func() { done <- migrate.Run(ctx, tw.values, log) }()
	select {
	case <-refused:
	case err := <-done:
		t.Fatalf("did not wait: %v", err)
	}
	if err := tw.server.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	tw.values["MIGRATE_ADMIN_URL"] = tw.url("tickets", "tickets-secret", "postgres") // it may make nothing
	if err := migrate.Run(ctx, tw.values, quiet); err == nil || ctx.Err() != nil {
		t.Errorf("a mistake: %v, %v", err, ctx.Err())
	}
}

// signal closes a channel at the first line of a log.
type signal struct {
	slog.Handler
	first chan struct{}
}

func (s signal) Enabled(context.Context, slog.Level) bool { return true }

func (s signal) Handle(context.Context, slog.Record) error {
	select {
	case <-s.first:
	default:
		close(s.first)
	}
	return nil
}

func TestSettings(t *testing.T) {
	t.Parallel()
	const good, outbox = "orders=postgres://orders:secret@host/orders", "orders=postgres://dispatcher:secret@host/orders"
	for name, c := range map[string]struct{ databases, outboxes string }{
		"no password":       {"orders=postgres://orders@host/orders", ""},
		"no database":       {"orders=postgres://orders:secret@host", ""},
		"no URL":            {"orders", ""},
		"unknown service":   {"shipping=postgres://shipping:secret@host/shipping", ""},
		"twice":             {good + " " + good, ""},
		"odd role":          {"orders=postgres://or%22ders:secret@host/orders", ""},
		"outbox elsewhere":  {good, "orders=postgres://dispatcher:secret@host/tickets"},
		"relayed by itself": {good, good},
		"no such outbox":    {good, outbox + " tickets=postgres://dispatcher:secret@host/tickets"},
	} {
		err := migrate.Run(t.Context(), config.Values{
			"MIGRATE_ADMIN_URL": "postgres://master:secret@127.0.0.1:1/postgres", "MIGRATE_DATABASES": c.databases, "DISPATCH_OUTBOXES": c.outboxes,
		}, quiet)
		if err == nil || !strings.HasPrefix(err.Error(), "config: ") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := migrate.Run(t.Context(), config.Values{}, quiet); err == nil || !strings.Contains(err.Error(), "MIGRATE_ADMIN_URL") {
		t.Errorf("nothing set: %v", err)
	}
}
