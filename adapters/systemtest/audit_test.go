package systemtest

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/embedded/stripeserver"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/postgres"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// TestAuditFindsWhatIsWrong: in a system where one ticket was sold, one thing is changed at a time, and put back.
func TestAuditFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	pools := databases(t)
	a := Audit{Tickets: pools["tickets"], Orders: pools["orders"], Payments: pools["payments"], Notifications: pools["notifications"]}
	a.Ledger = func() stripeserver.Ledger {
		return stripeserver.Ledger{Charges: []stripeserver.Charge{{ID: "ch_1", OrderID: 1, AmountCents: 500}}}
	}
	do := func(db postgres.Querier, sql string) {
		t.Helper()
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	const sent = `INSERT INTO outbox (type, subject, data, traceparent, sent_at) VALUES `
	do(a.Tickets, `INSERT INTO tickets (title, price, user_id, order_id, version) VALUES ('x', 500, 1, 1, 1); INSERT INTO holds VALUES (1, 1, 1, true)`)
	do(a.Tickets, sent+`('tickets.created', '', '{"id":1,"version":0}', '', now()), ('tickets.updated', '', '{"id":1,"version":1}', '', now())`)
	do(a.Orders, `INSERT INTO tickets VALUES (1, 'x', 500, 1, 1, now(), now());
		INSERT INTO orders (user_id, status, expires_at, version, ticket_id, ticket_title, ticket_price, ticket_version, ticket_created_at, ticket_updated_at)
		VALUES (2, 'complete', '2030-01-01', 1, 1, 'x', 500, 0, now(), now())`)
	do(a.Orders, sent+`('orders.created', '', '{"id":1,"version":0}', '', now()), ('orders.updated', '', '{"id":1,"version":1}', '', now())`)
	do(a.Payments, `INSERT INTO orders VALUES (1, 2, 'complete', 500, '2030-01-01', 1); INSERT INTO payments (order_id, status, amount) VALUES (1, 'succeeded', 500)`)
	do(a.Payments, sent+`('payments.created', '', '{"id":1}', '', now())`)
	do(a.Notifications, `INSERT INTO tickets (id, user_id, status, over, released, time_zone, venue, version) VALUES (1, 1, 'sold', false, 0, '', '', 1);
		INSERT INTO orders VALUES (1, 2, 'complete', false, '2030-01-01', 1);
		INSERT INTO deliveries (channel, target, kind, key, data, consumer, event, due_at, until, created_at)
		VALUES ('mail', 'user/2', 'receipt', 'receipt/order/1', '{}', 'note-order', '', now(), now(), now())`)
	if err := a.AtRest(t.Context()); err != nil {
		t.Fatalf("of a sale in good order: %v", err)
	}
	for _, c := range []struct {
		db        postgres.Querier
		sql, back string
		want      string
	}{
		{a.Orders, `UPDATE outbox SET sent_at = NULL`, `UPDATE outbox SET sent_at = now()`, "not sent"},
		{a.Tickets, `UPDATE outbox SET type = 'lost' WHERE seq = 1`, `UPDATE outbox SET type = 'tickets.created' WHERE seq = 1`, "ticket without exactly one event"},
		{a.Orders, `UPDATE outbox SET type = 'lost' WHERE seq = 2`, `UPDATE outbox SET type = 'orders.updated' WHERE seq = 2`, "order without exactly one event"},
		{a.Payments, `UPDATE outbox SET type = 'payments.refunded'`, `UPDATE outbox SET type = 'payments.created'`, "payment without exactly its events"},
		{a.Payments, `UPDATE payments SET status = 'pending'`, `UPDATE payments SET status = 'succeeded'`, "open payment"},
		{a.Orders, `UPDATE tickets SET version = 0`, `UPDATE tickets SET version = 1`, "copy of the tickets"},
		{a.Payments, `UPDATE orders SET expires_at = '2030-01-02'`, `UPDATE orders SET expires_at = '2030-01-01'`, "payments' copy of the orders"},
		{a.Tickets, `UPDATE holds SET live = false`, `UPDATE holds SET live = true`, "tickets' copy of the orders"},
		{a.Orders, `UPDATE orders SET withdrawn = true`, `UPDATE orders SET withdrawn = false`, "order whose refund withdrew its ticket"},
		{a.Orders, `UPDATE tickets SET withdrawn = true`, `UPDATE tickets SET withdrawn = false`, "copy of the tickets"},
		{a.Tickets, `UPDATE tickets SET order_id = NULL`, `UPDATE tickets SET order_id = 1`, "tickets that are held"},
		{a.Orders, `UPDATE orders SET status = 'created', expires_at = '2020-01-01'`, `UPDATE orders SET status = 'complete', expires_at = '2030-01-01'`, "overdue order"},
		{a.Orders, `UPDATE orders SET ticket_price = 499`, `UPDATE orders SET ticket_price = 500`, "500 cents kept, not 499"},
		{a.Orders, `UPDATE orders SET status = 'cancelled'`, `UPDATE orders SET status = 'complete'`, "500 cents kept, not 0"},
		{a.Notifications, `UPDATE tickets SET version = 0`, `UPDATE tickets SET version = 1`, "notifications' copy of the tickets"},
		{a.Notifications, `UPDATE orders SET status = 'created'`, `UPDATE orders SET status = 'complete'`, "notifications' copy of the orders"},
		{a.Notifications, `UPDATE deliveries SET target = 'user/1'`, `UPDATE deliveries SET target = 'user/2'`, "the receipts"},
		{a.Notifications, `INSERT INTO dead_letters (function, event, reason) VALUES ('f', '', 'r')`, `DELETE FROM dead_letters`, "notifications: dead letter"},
		{a.Tickets, `INSERT INTO dead_letters (function, event, reason) VALUES ('f', '', 'r')`, `DELETE FROM dead_letters`, "dead letter"},
	} {
		do(c.db, c.sql)
		if err := a.AtRest(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.sql, err, c.want)
		}
		do(c.db, c.back)
	}
}

// databases are those that the services make.
func databases(t *testing.T) map[string]*pgxpool.Pool {
	t.Helper()
	pools := map[string]*pgxpool.Pool{}
	for _, def := range functions.Services() {
		if !def.Uses("DATABASE_URL") {
			continue
		}
		address := pgtest.Database(t)
		s, err := function.Open(def.New, config.Examples(def.Settings).With(functiontest.EventKeys()).With(config.Values{"DATABASE_URL": address}))
		if err != nil {
			t.Fatal(err)
		}
		err = s.Start(t.Context())
		s.Stop()
		if err != nil {
			t.Fatal(err)
		}
		if pools[def.Name], err = pgxpool.New(t.Context(), address); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(pools[def.Name].Close)
	}
	return pools
}
