package orders

import (
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/postgres"
)

func TestCancelAndExtendOrder(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 2)
	order := f.reserve(3)
	for n := range int32(2) {
		f.pass(hold - time.Millisecond) // the last moment
		r := f.extend(order.ID)
		order.ExpiresAt.Time, order.Version, order.UpdatedAt = f.now.Add(hold), n+1, r.Order.UpdatedAt
		if r.Message != "Order extended." || r.Order != order {
			t.Errorf("%+v", r)
		}
		f.changed(event.OrderUpdated, r)
	}
	f.Refuses(buyer, "POST", path(order.ID)+"/extend", "", 409, "Order cannot be extended.")
	f.pass(time.Hour) // after its time it may be cancelled, too
	r := f.cancel(order.ID)
	order.Status, order.Version, order.UpdatedAt = event.OrderIsCancelled, 3, r.Order.UpdatedAt
	if r.Message != "Order cancelled." || r.Order != order {
		t.Errorf("%+v", r)
	}
	f.changed(event.OrderUpdated, r)
	if again := f.cancel(order.ID); again.Message != r.Message || again.Order != r.Order || again.Seq != 0 {
		t.Errorf("again: %+v", again)
	}
	f.Silent("cancelled again")
	f.Counted(map[string]float64{"orders_total outcome=created": 1, "orders_total outcome=cancelled": 1, "orders_total outcome=expired": 0, "reservations_open": 0})
}

// An order says what an extension would give, while there is one.
func TestExtendsBy(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	order, other := f.reserve(3), f.reserve(4)
	gives := func(id, seconds int32) {
		t.Helper()
		if got := functiontest.Parse[Order](t, f.Call(buyer, "GET", path(id), ""), 200); got.ExtendsBy != seconds {
			t.Errorf("%+v, want an extension by %d s", got, seconds)
		}
	}
	gives(order.ID, 900)
	f.extend(order.ID)
	gives(order.ID, 0)
	f.cancel(other.ID)
	gives(other.ID, 0)
}

func TestCancelAndExtendAtOnce(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	order := f.reserve(3)
	got := functiontest.AtOnce(t, 8, func(int) functiontest.Answer { return f.Call(buyer, "POST", path(order.ID)+"/extend", "") })
	if got["200 Order extended."] != 1 || got["409 Order cannot be extended."] != 7 {
		t.Errorf("%v", got)
	}
	got = functiontest.AtOnce(t, 8, func(int) functiontest.Answer { return f.Call(buyer, "PATCH", path(order.ID), "") })
	if events := f.Announced(); got["200 Order cancelled."] != 8 || len(events) != 2 || f.get(order.ID).Version != 2 {
		t.Errorf("%v, %d events, %+v", got, len(events), f.get(order.ID))
	}
}

// Every call to one order: session, id, existence, owner, state.
func TestRefusals(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	open, paid := f.reserve(2), f.reserve(3)
	f.Must(f.pay(paid.ID, 5, 1000))
	f.Announced()
	for _, c := range []struct{ method, after, stranger string }{
		{"GET", "", "You are not authorized to view this order."},
		{"PATCH", "", "You are not authorized to cancel this order."},
		{"POST", "/extend", "You are not authorized to extend this order."},
	} {
		f.Refuses(0, c.method, "/api/orders/x"+c.after, "", 401, "Not authorized.")
		f.Refuses(buyer, c.method, "/api/orders/x"+c.after, "", 400, "Invalid id.")
		f.Refuses(buyer, c.method, path(99)+c.after, "", 404, "Order not found.")
		f.Refuses(stranger, c.method, path(open.ID)+c.after, "", 401, c.stranger)
		f.Refuses(stranger, c.method, path(paid.ID)+c.after, "", 401, c.stranger)
	}
	f.Refuses(buyer, "PATCH", path(paid.ID), "", 409, "Order is already complete.")
	f.Refuses(buyer, "POST", path(paid.ID)+"/extend", "", 409, "Order cannot be extended.")
	if got := f.get(open.ID); got != open {
		t.Errorf("changed nevertheless: %+v", got)
	}
}

func TestExpireOrder(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	unpaid, paid, extended := f.reserve(1), f.reserve(2), f.reserve(3)
	f.pass(hold - time.Millisecond)
	if err := f.expire(unpaid); err == nil || function.IsReject(err) {
		t.Errorf("too early by this clock: %v, want it to come again", err)
	}
	f.Silent("not due")
	f.Must(f.pay(paid.ID, 5, 1000))
	f.extend(extended.ID)
	f.Announced()
	f.pass(time.Millisecond)
	for range 2 {
		for _, o := range []Order{unpaid, paid, extended} {
			f.Must(f.expire(o))
		}
	}
	functiontest.Announced(t, f.Run, event.OrderUpdated, f.get(unpaid.ID).Order, 6)
	for id, want := range map[int32]event.OrderStatus{unpaid.ID: event.OrderIsCancelled, paid.ID: event.OrderIsComplete, extended.ID: event.OrderIsCreated} {
		if got := f.get(id); got.Status != want || got.Version != 1 {
			t.Errorf("order %d: %+v, want it %s", id, got, want)
		}
	}
	f.pass(hold)
	if err := f.expire(f.get(extended.ID)); err != nil || f.get(extended.ID).Status != event.OrderIsCancelled {
		t.Errorf("after the extension: %v, %+v", err, f.get(extended.ID))
	}
}

// Orders that end at the same time are cancelled in one transaction, each with its event. What is paid or extended, or comes twice, does not matter.
func TestExpireTogether(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	var reached []event.ExpirationReached
	for ticket := range int32(4) {
		o := f.reserve(ticket + 1)
		reached = append(reached, event.ExpirationReached{ID: o.ID, ExpiresAt: o.ExpiresAt})
	}
	f.pass(time.Minute)
	f.Must(f.pay(reached[2].ID, 5, 1000))
	f.extend(reached[3].ID)
	f.Announced()
	f.pass(hold - time.Minute)
	functiontest.DeliverBatch(t, f.Run, "expire-order", event.ExpirationComplete, append(reached, reached[0])...)
	var ended []int32
	for _, e := range f.Announced() {
		ended = append(ended, functiontest.Data(t, event.OrderUpdated, e).ID)
	}
	slices.Sort(ended)
	transactions, err := postgres.One(t.Context(), f.db, pgx.RowTo[int], `SELECT count(DISTINCT xmin::text) FROM orders WHERE status = 'cancelled'`)
	if want := []int32{reached[0].ID, reached[1].ID}; err != nil || !slices.Equal(ended, want) || transactions != 1 {
		t.Errorf("ended %v, want %v, in %d transactions, %v", ended, want, transactions, err)
	}
}

// Without the scheduler, the sweep does its work a little later.
func TestSweepOverdue(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	first, paid := f.reserve(1), f.reserve(2)
	f.Must(f.pay(paid.ID, 5, 1000))
	f.Announced()
	f.pass(time.Minute)
	second := f.reserve(3)
	sweep := func(what string, want ...int32) {
		t.Helper()
		f.Must(f.Tick("sweep-overdue"))
		var got []int32
		for _, e := range f.Announced() {
			got = append(got, functiontest.Data(t, event.OrderUpdated, e).ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: changed %v, want %v", what, got, want)
		}
	}
	sweep("none is due")
	f.pass(hold - time.Minute + overlooked)
	sweep("the scheduler may still come")
	f.pass(time.Millisecond)
	sweep("the first is overdue: its payment may be on the way", first.ID)
	sweep("again")
	f.pass(paymentNewsWithin - time.Millisecond)
	sweep("it may be on the way still")
	f.pass(time.Millisecond)
	sweep("none came", first.ID)
	f.pass(time.Hour)
	sweep("the second is overdue", second.ID)
	f.pass(time.Hour)
	sweep("the second", second.ID)
	f.Counted(map[string]float64{"orders_total outcome=kept": 2, "orders_total outcome=expired": 2, "expiration_lateness_seconds": 4, "orders_total outcome=cancelled": 0})
	functiontest.Parse[Reply](t, f.order(stranger, 1), 201) // its ticket is free
}

// The sweep knows when the first open order will be overdue, and that there is nothing to do when none is open.
func TestSweepIsDue(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	due := func(what string, want time.Time) {
		t.Helper()
		if got := f.Due("sweep-overdue"); !got.Equal(want) {
			t.Errorf("%s: due at %v, want %v", what, got, want)
		}
	}
	due("no order", time.Time{})
	first := f.reserve(1)
	f.pass(time.Minute)
	second := f.reserve(2)
	due("two orders", first.ExpiresAt.Add(overlooked))
	f.Must(f.pay(second.ID, 5, 1000))
	f.pass(hold)
	f.Must(f.Tick("sweep-overdue"))
	due("one is kept", f.get(first.ID).HeldUntil.Time)
	f.pass(paymentNewsWithin)
	f.Must(f.Tick("sweep-overdue"))
	due("it has ended", time.Time{})
}
