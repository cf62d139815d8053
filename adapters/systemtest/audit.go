package systemtest

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/embedded/stripeserver"
	"github.com/gittix/ticketing/shared/postgres"
)

// Audit asks the services' databases, and Stripe, whether the invariants of the contract hold.
type Audit struct {
	Tickets  postgres.Querier
	Orders   postgres.Querier
	Payments postgres.Querier
	Ledger   func() stripeserver.Ledger

	Notifications postgres.Querier // nil: it does not run

	Elsewhere map[int32]int64 // cents of orders that others sent back at Stripe, or took
}

// Always returns nil if what holds at any moment holds: each change has its event, and a ticket at most one live order.
func (a Audit) Always(ctx context.Context) error {
	return errors.Join(a.everyChangeHasItsEvent(ctx), a.ticketsAreSoldOnce(ctx))
}

// Check returns nil if every invariant holds and no event is under way. While a system works it may fail for a moment.
func (a Audit) Check(ctx context.Context) error {
	var errs []error
	for _, check := range []func(context.Context) error{
		a.everyEventWasSent, a.everyChangeHasItsEvent, a.copiesAreEqual, a.buyersAreTold, a.ticketsAreSoldOnce, a.noOrderIsOverdue, a.moneyIsRight,
	} {
		errs = append(errs, check(ctx))
	}
	return errors.Join(errs...)
}

func (a Audit) everyEventWasSent(ctx context.Context) error {
	var errs []error
	databases := map[string]postgres.Querier{"tickets": a.Tickets, "orders": a.Orders, "payments": a.Payments}
	if a.Notifications != nil {
		databases["notifications"] = a.Notifications
	}
	for name, db := range databases {
		errs = append(errs,
			none(ctx, db, name+": not sent", `SELECT concat_ws(' ', seq, type, subject) FROM outbox WHERE sent_at IS NULL ORDER BY seq`),
			none(ctx, db, name+": dead letter", `SELECT concat_ws(' ', function, reason) FROM dead_letters ORDER BY id`))
	}
	return errors.Join(errs...)
}

// everyChangeHasItsEvent: each version has one event, and each event a version.
func (a Audit) everyChangeHasItsEvent(ctx context.Context) error {
	const versions = `
		SELECT concat_ws(' ', 'id', id, 'version', v, 'events', coalesce(n, 0))
		FROM (SELECT id, generate_series(0, version) AS v, true AS changed FROM %[1]s) changes
		FULL JOIN (
			SELECT (data->>'id')::int AS id, (data->>'version')::int AS v, count(*) AS n FROM outbox
			WHERE type = CASE (data->>'version')::int WHEN 0 THEN '%[1]s.created' ELSE '%[1]s.updated' END GROUP BY 1, 2) events
		USING (id, v) WHERE changed IS NULL OR n IS DISTINCT FROM 1 ORDER BY id, v`
	return errors.Join(
		none(ctx, a.Tickets, "ticket without exactly one event", fmt.Sprintf(versions, "tickets")),
		none(ctx, a.Orders, "order without exactly one event", fmt.Sprintf(versions, "orders")),
		none(ctx, a.Payments, "payment without exactly its events", `
			SELECT concat_ws(' ', 'id', id, status, 'version', version, 'created', creations, 'versions', versions)
			FROM payments FULL JOIN (
				SELECT (data->>'id')::int AS id, count(*) FILTER (WHERE type = 'payments.created') AS creations,
					array_agg((data->>'version')::int ORDER BY (data->>'version')::int) FILTER (WHERE data->>'version' IS NOT NULL) AS versions FROM outbox GROUP BY 1) events
			USING (id)
			WHERE coalesce(creations, 0) <> coalesce(status IN ('succeeded', 'refunded'), false)::int
			   OR versions IS DISTINCT FROM nullif(ARRAY(SELECT generate_series(1, version)), '{}')`))
}

func (a Audit) copiesAreEqual(ctx context.Context) error {
	return errors.Join(
		same(ctx, "orders' copy of the tickets",
			a.Tickets, `SELECT concat_ws(' ', id, version, price, user_id, title, withdrawn) FROM tickets`,
			a.Orders, `SELECT concat_ws(' ', id, version, price, user_id, title, withdrawn) FROM tickets`),
		same(ctx, "payments' copy of the orders",
			a.Orders, `SELECT concat_ws(' ', id, version, status, user_id, ticket_price, extract(epoch FROM expires_at)) FROM orders`,
			a.Payments, `SELECT concat_ws(' ', id, version, status, user_id, price, extract(epoch FROM expires_at)) FROM orders`),
		same(ctx, "tickets' copy of the orders",
			a.Orders, `SELECT concat_ws(' ', id, ticket_id, version, status <> 'cancelled') FROM orders`,
			a.Tickets, `SELECT concat_ws(' ', order_id, ticket_id, version, live) FROM holds`),
		none(ctx, a.Orders, "order whose refund withdrew its ticket, which is offered", `
			SELECT concat_ws(' ', o.id, t.id) FROM orders o JOIN tickets t ON t.id = o.ticket_id WHERE o.withdrawn AND NOT t.withdrawn`),
		same(ctx, "the tickets that are held",
			a.Orders, `SELECT concat_ws(' ', ticket_id, id) FROM orders WHERE status <> 'cancelled'`,
			a.Tickets, `SELECT concat_ws(' ', id, order_id) FROM tickets WHERE order_id IS NOT NULL`))
}

// buyersAreTold: notifications knows each ticket and order, and perhaps some that a restore has lost; and each order that is paid has a receipt.
func (a Audit) buyersAreTold(ctx context.Context) error {
	if a.Notifications == nil {
		return nil
	}
	return errors.Join(
		same(ctx, "notifications' copy of the tickets",
			a.Tickets, `SELECT concat_ws(' ', id, version, user_id, withdrawn) FROM tickets`,
			a.Notifications, `SELECT concat_ws(' ', id, version, user_id, over) FROM tickets WHERE version <> -1`),
		same(ctx, "notifications' copy of the orders",
			a.Orders, `SELECT concat_ws(' ', id, version, user_id, status, extract(epoch FROM expires_at)) FROM orders`,
			a.Notifications, `SELECT concat_ws(' ', id, version, user_id, status, extract(epoch FROM expires_at)) FROM orders WHERE version <> -1`),
		same(ctx, "the receipts",
			a.Orders, `SELECT concat_ws(' ', id, 'user/' || user_id) FROM orders WHERE status = 'complete'`,
			a.Notifications, `SELECT concat_ws(' ', o.id, d.target) FROM orders o JOIN deliveries d ON d.key = 'receipt/order/' || o.id WHERE status = 'complete' AND version <> -1`))
}

func (a Audit) ticketsAreSoldOnce(ctx context.Context) error {
	return none(ctx, a.Orders, "ticket with several live orders", `
		SELECT concat_ws(' ', ticket_id, count(*)) FROM orders WHERE status <> 'cancelled' GROUP BY ticket_id HAVING count(*) > 1`)
}

func (a Audit) noOrderIsOverdue(ctx context.Context) error {
	return none(ctx, a.Orders, "overdue order", `
		SELECT concat_ws(' ', id, expires_at) FROM orders WHERE status = 'created' AND expires_at < now() AND NOT coalesce((to_jsonb(orders)->>'held_until')::timestamptz > now(), false) ORDER BY id`)
}

// none says what a query finds that it should not.
func none(ctx context.Context, db postgres.Querier, what, sql string) error {
	found, err := texts(ctx, db, sql)
	if err != nil || len(found) == 0 {
		return err
	}
	return fmt.Errorf("%s: %d, such as %q", what, len(found), found[:min(len(found), 3)])
}

func texts(ctx context.Context, db postgres.Querier, sql string) ([]string, error) {
	rows, err := db.Query(ctx, sql)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// AtRest is Check, and that every order has ended and every payment has an outcome.
func (a Audit) AtRest(ctx context.Context) error {
	return errors.Join(a.Check(ctx),
		none(ctx, a.Orders, "open order", `SELECT concat_ws(' ', id, expires_at) FROM orders WHERE status = 'created'`),
		none(ctx, a.Payments, "open payment", `SELECT concat_ws(' ', id, order_id) FROM payments WHERE status = 'pending'`))
}
