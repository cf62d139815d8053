package audit

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gittix/ticketing/functions/orders"
	"github.com/gittix/ticketing/functions/payments"
	"github.com/gittix/ticketing/functions/tickets"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/embedded/stripeserver"
	"github.com/gittix/ticketing/shared/function"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// books returns those of a system in which one ticket was sold, as the services would have kept them.
func books(t *testing.T) Books {
	t.Helper()
	b := Books{Tickets: pool(t, tickets.New), Orders: pool(t, orders.New), Payments: pool(t, payments.New)}
	b.Ledger = func() stripeserver.Ledger {
		return stripeserver.Ledger{Charges: []stripeserver.Charge{{ID: "ch_1", OrderID: 1, AmountCents: 500}}}
	}
	const sent = `INSERT INTO outbox (type, subject, data, traceparent, sent_at) VALUES `
	for _, c := range []struct {
		db  *pgxpool.Pool
		sql string
	}{
		{b.Tickets, `INSERT INTO tickets (title, price, user_id, order_id, version) VALUES ('x', 500, 1, 1, 1)`},
		{b.Tickets, `INSERT INTO holds VALUES (1, 1, 1, true)`},
		{b.Tickets, sent + `('tickets.created', '', '{"id":1,"version":0}', '', now()), ('tickets.updated', '', '{"id":1,"version":1}', '', now())`},
		{b.Orders, `INSERT INTO tickets VALUES (1, 'x', 500, 1, 1, now(), now())`},
		{b.Orders, `INSERT INTO orders (user_id, status, expires_at, version, ticket_id, ticket_title, ticket_price, ticket_version, ticket_created_at, ticket_updated_at)
			VALUES (2, 'complete', '2030-01-01', 1, 1, 'x', 500, 0, now(), now())`},
		{b.Orders, sent + `('orders.created', '', '{"id":1,"version":0}', '', now()), ('orders.updated', '', '{"id":1,"version":1}', '', now())`},
		{b.Payments, `INSERT INTO orders VALUES (1, 2, 'complete', 500, '2030-01-01', 1)`},
		{b.Payments, `INSERT INTO payments (order_id, status, amount) VALUES (1, 'succeeded', 500)`},
		{b.Payments, sent + `('payments.created', '', '{"id":1}', '', now())`},
	} {
		if _, err := c.db.Exec(t.Context(), c.sql); err != nil {
			t.Fatalf("%s: %v", c.sql, err)
		}
	}
	return b
}

// pool returns the database that a service has made.
func pool(t *testing.T, build func(config.Values) (function.Service, error)) *pgxpool.Pool {
	t.Helper()
	address := pgtest.Database(t)
	s, err := build(config.Values{"DATABASE_URL": address, "STRIPE_SECRET_KEY": "sk_test_x", "JWT_SECRET": "0123456789abcdef0123456789abcdef"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	db, err := pgxpool.New(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

// TestCheckFindsWhatIsWrong: one thing is changed at a time, and put back.
func TestCheckFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	b := books(t)
	if err := b.Check(t.Context()); err != nil {
		t.Fatalf("of a sale in good order: %v", err)
	}
	for _, c := range []struct {
		db        *pgxpool.Pool
		sql, back string
		want      string
	}{
		{b.Orders, `UPDATE outbox SET sent_at = NULL`, `UPDATE outbox SET sent_at = now()`, "not sent"},
		{b.Tickets, `UPDATE outbox SET type = 'lost' WHERE seq = 1`, `UPDATE outbox SET type = 'tickets.created' WHERE seq = 1`, "ticket without exactly one event"},
		{b.Orders, `UPDATE outbox SET type = 'lost' WHERE seq = 2`, `UPDATE outbox SET type = 'orders.updated' WHERE seq = 2`, "order without exactly one event"},
		{b.Orders, `UPDATE outbox SET data = '{"id":2,"version":1}' WHERE seq = 2`, `UPDATE outbox SET data = '{"id":1,"version":1}' WHERE seq = 2`, "order without exactly one event"},
		{b.Payments, `UPDATE outbox SET type = 'payments.refunded'`, `UPDATE outbox SET type = 'payments.created'`, "payment without exactly its events"},
		{b.Orders, `UPDATE tickets SET version = 0`, `UPDATE tickets SET version = 1`, "copy of the tickets"},
		{b.Payments, `UPDATE orders SET expires_at = '2030-01-02'`, `UPDATE orders SET expires_at = '2030-01-01'`, "copy of the orders"},
		{b.Tickets, `UPDATE holds SET live = false`, `UPDATE holds SET live = true`, "notes of the orders"},
		{b.Tickets, `UPDATE tickets SET order_id = NULL`, `UPDATE tickets SET order_id = 1`, "tickets that are held"},
		{b.Orders, `UPDATE orders SET status = 'created', expires_at = '2020-01-01'`, `UPDATE orders SET status = 'complete', expires_at = '2030-01-01'`, "overdue order"},
		{b.Orders, `UPDATE orders SET ticket_price = 499`, `UPDATE orders SET ticket_price = 500`, "500 cents kept, not 499"},
		{b.Orders, `UPDATE orders SET status = 'cancelled'`, `UPDATE orders SET status = 'complete'`, "500 cents kept, not 0"},
		{b.Tickets, `INSERT INTO dead_letters (function, event, reason) VALUES ('f', '', 'r')`, `DELETE FROM dead_letters`, "dead letter"},
	} {
		b.with(t, c.db, c.sql, c.back, func(ctx context.Context) {
			if err := b.Check(ctx); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v, want %q", c.sql, err, c.want)
			}
		})
	}
	if err := b.Check(t.Context()); err != nil {
		t.Errorf("all is put back: %v", err)
	}
}

// with changes something while check runs.
func (b Books) with(t *testing.T, db *pgxpool.Pool, sql, back string, check func(context.Context)) {
	t.Helper()
	if _, err := db.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
	check(t.Context())
	if _, err := db.Exec(t.Context(), back); err != nil {
		t.Fatal(err)
	}
}
