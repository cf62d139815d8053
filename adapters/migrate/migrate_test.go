package migrate_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/migrate"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
)

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
