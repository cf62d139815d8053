package migrate_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
)

const (
	forbidden     = "42501"
	wrongPassword = "28P01"
)

// TestEachRoleSeesItsOwn: and a new password replaces the old one.
func TestEachRoleSeesItsOwn(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.migrate(t)
	s.migrate(t) // a second time finds nothing to do
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
		{"dispatcher", "dispatcher-secret", "auth", `SELECT * FROM users`, forbidden},
	} {
		if got := s.try(t, s.url(t, c.role, c.password, c.database), c.statement); got != c.want {
			t.Errorf("%s on %s: %s: got %q, want %q", c.role, c.database, c.statement, got, c.want)
		}
	}
	relays(t, s)
	s.values["MIGRATE_DATABASES"] = strings.ReplaceAll(s.values["MIGRATE_DATABASES"], "auth-secret", "auth-2")
	s.migrate(t)
	if got := s.try(t, s.url(t, "auth", "auth-2", "auth"), `SELECT * FROM users`); got != "" {
		t.Errorf("the new password: %s", got)
	}
	if got := s.try(t, s.url(t, "auth", "auth-secret", "auth"), `SELECT 1`); got != wrongPassword {
		t.Errorf("the old password: %q", got)
	}
}

// relays: the dispatcher may relay an event, once, and listen for more.
func relays(t *testing.T, s server) {
	t.Helper()
	const insert = `INSERT INTO outbox (type, subject, data, traceparent) VALUES ('tickets.created', 'ticket/1', '{}', '')`
	if code := s.try(t, s.url(t, "tickets", "tickets-secret", "tickets"), insert); code != "" {
		t.Fatal(code)
	}
	db, err := postgres.Open(s.url(t, "dispatcher", "dispatcher-secret", "tickets"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	for _, want := range []int{1, 0} {
		sent := 0
		_, err := db.Outbox().Relay(t.Context(), 10, func(_ context.Context, events []event.Event) []error {
			sent = len(events)
			return make([]error, sent)
		})
		if err != nil || sent != want {
			t.Errorf("relayed %d events, %v; want %d", sent, err, want)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := db.Outbox().Wait(ctx); err != nil {
		t.Errorf("the dispatcher may not listen: %v", err)
	}
}

// TestWaiting: a server that is not there yet is waited for, a mistake is not.
func TestWaiting(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	warned, done := make(lines, 1), make(chan error, 1)
	go func() { done <- run(ctx, s.values, slog.New(slog.NewTextHandler(warned, nil))) }()
	select {
	case <-warned:
	case err := <-done:
		t.Fatalf("did not wait: %v", err)
	}
	if err := s.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	s.values["MIGRATE_ADMIN_URL"] = s.url(t, "tickets", "tickets-secret", "postgres") // it may make nothing
	if err := run(ctx, s.values, quiet); err == nil || ctx.Err() != nil {
		t.Errorf("a mistake: %v, %v", err, ctx.Err())
	}
}

// lines is a log of which only the first line is of interest.
type lines chan struct{}

func (l lines) Write(b []byte) (int, error) {
	select {
	case l <- struct{}{}:
	default:
	}
	return len(b), nil
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
		"nothing":           {"", ""},
	} {
		err := run(t.Context(), config.Values{
			"MIGRATE_ADMIN_URL": "postgres://master:secret@127.0.0.1:1/postgres", "MIGRATE_DATABASES": c.databases, "DISPATCH_OUTBOXES": c.outboxes,
		}, quiet)
		if err == nil || !strings.HasPrefix(err.Error(), "config: ") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
