// Package audit goes through the books of a whole system, for tests: once the system has come to rest, every
// invariant of the contract must hold, whatever was done to it before.
package audit

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gittix/ticketing/shared/embedded/stripeserver"
)

// Books are what the services wrote down, and what Stripe did.
type Books struct {
	Tickets  *pgxpool.Pool
	Orders   *pgxpool.Pool
	Payments *pgxpool.Pool
	Ledger   func() stripeserver.Ledger
}

// Check returns nil if every invariant holds at this moment and nothing is under way any more.
func (b Books) Check(ctx context.Context) error {
	var errs []error
	for _, check := range []func(context.Context) error{
		b.everyEventWasSent, b.everyChangeHasItsEvent, b.copiesAreEqual, b.ticketsAreSoldOnce, b.nobodyIsLate, b.moneyIsRight,
	} {
		errs = append(errs, check(ctx))
	}
	return errors.Join(errs...)
}

func (b Books) everyEventWasSent(ctx context.Context) error {
	var errs []error
	for name, db := range map[string]*pgxpool.Pool{"tickets": b.Tickets, "orders": b.Orders, "payments": b.Payments} {
		errs = append(errs,
			none(ctx, db, name+": not sent", `SELECT concat_ws(' ', seq, type, subject) FROM outbox WHERE sent_at IS NULL ORDER BY seq`),
			none(ctx, db, name+": dead letter", `SELECT concat_ws(' ', function, reason) FROM dead_letters ORDER BY id`))
	}
	return errors.Join(errs...)
}

// everyChangeHasItsEvent: each version has one event, and each event a version.
func (b Books) everyChangeHasItsEvent(ctx context.Context) error {
	const versions = `
		SELECT concat_ws(' ', 'id', id, 'version', v, 'events', coalesce(n, 0))
		FROM (SELECT id, generate_series(0, version) AS v, true AS changed FROM %[1]s) changes
		FULL JOIN (
			SELECT (data->>'id')::int AS id, (data->>'version')::int AS v, count(*) AS n FROM outbox
			WHERE type = CASE (data->>'version')::int WHEN 0 THEN '%[1]s.created' ELSE '%[1]s.updated' END GROUP BY 1, 2) events
		USING (id, v) WHERE changed IS NULL OR n IS DISTINCT FROM 1 ORDER BY id, v`
	return errors.Join(
		none(ctx, b.Tickets, "ticket without exactly one event", fmt.Sprintf(versions, "tickets")),
		none(ctx, b.Orders, "order without exactly one event", fmt.Sprintf(versions, "orders")),
		none(ctx, b.Payments, "payment without exactly its events", `
			SELECT concat_ws(' ', 'id', id, status, 'created', created, 'refunded', refunded)
			FROM payments FULL JOIN (
				SELECT (data->>'id')::int AS id, count(*) FILTER (WHERE type = 'payments.created') AS created,
					count(*) FILTER (WHERE type = 'payments.refunded') AS refunded FROM outbox GROUP BY 1) events
			USING (id)
			WHERE coalesce(created, 0) <> coalesce(status IN ('succeeded', 'refunded'), false)::int
			   OR coalesce(refunded, 0) <> coalesce(status = 'refunded', false)::int`))
}

func (b Books) copiesAreEqual(ctx context.Context) error {
	return errors.Join(
		same(ctx, "orders' copy of the tickets",
			b.Tickets, `SELECT concat_ws(' ', id, version, price, user_id, title) FROM tickets`,
			b.Orders, `SELECT concat_ws(' ', id, version, price, user_id, title) FROM tickets`),
		same(ctx, "payments' copy of the orders",
			b.Orders, `SELECT concat_ws(' ', id, version, status, user_id, ticket_price, extract(epoch FROM expires_at)) FROM orders`,
			b.Payments, `SELECT concat_ws(' ', id, version, status, user_id, price, extract(epoch FROM expires_at)) FROM orders`),
		same(ctx, "tickets' notes of the orders",
			b.Orders, `SELECT concat_ws(' ', id, ticket_id, version, status <> 'cancelled') FROM orders`,
			b.Tickets, `SELECT concat_ws(' ', order_id, ticket_id, version, live) FROM holds`),
		same(ctx, "the tickets that are held",
			b.Orders, `SELECT concat_ws(' ', ticket_id, id) FROM orders WHERE status <> 'cancelled'`,
			b.Tickets, `SELECT concat_ws(' ', id, order_id) FROM tickets WHERE order_id IS NOT NULL`))
}

func (b Books) ticketsAreSoldOnce(ctx context.Context) error {
	return none(ctx, b.Orders, "ticket with several live orders", `
		SELECT concat_ws(' ', ticket_id, count(*)) FROM orders WHERE status <> 'cancelled' GROUP BY ticket_id HAVING count(*) > 1`)
}

func (b Books) nobodyIsLate(ctx context.Context) error {
	return none(ctx, b.Orders, "overdue order", `
		SELECT concat_ws(' ', id, expires_at) FROM orders WHERE status = 'created' AND expires_at < now() ORDER BY id`)
}

// none says what a query finds that it should not.
func none(ctx context.Context, db *pgxpool.Pool, what, sql string) error {
	found, err := texts(ctx, db, sql)
	if err != nil || len(found) == 0 {
		return err
	}
	return fmt.Errorf("%s: %d, such as %q", what, len(found), found[:min(len(found), 3)])
}

func texts(ctx context.Context, db *pgxpool.Pool, sql string) ([]string, error) {
	rows, err := db.Query(ctx, sql)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// NothingIsOpen returns nil if every order has ended and every payment has an outcome.
func (b Books) NothingIsOpen(ctx context.Context) error {
	return errors.Join(
		none(ctx, b.Orders, "open order", `SELECT concat_ws(' ', id, expires_at) FROM orders WHERE status = 'created'`),
		none(ctx, b.Payments, "open payment", `SELECT concat_ws(' ', id, order_id) FROM payments WHERE status = 'pending'`))
}
