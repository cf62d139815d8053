package orders

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// refused checks that an order is refused by a limit, until about then.
func (f *fixture) refused(user, ticketID int32, message string, wait time.Duration) {
	f.t.Helper()
	functiontest.Limited(f.t, f.order(user, ticketID), message, wait)
}

// age makes all orders older.
func (f *fixture) age(interval string) {
	f.t.Helper()
	_, err := f.db.Exec(f.t.Context(), `UPDATE orders SET created_at = created_at - $1::text::interval`, interval)
	f.Must(err)
}

// Who gives a ticket back again and again leaves it to others: cancelled and expired orders count, for a day.
func TestHoldsOfOneTicket(t *testing.T) {
	t.Parallel()
	f := limited(t, 1, LimitSettings{MaxOpen: 50, MaxHolds: 2, PerHour: 50})
	f.cancel(f.reserve(3).ID)
	expired := functiontest.Parse[Reply](t, f.order(buyer, 3), 201).Order
	functiontest.Refused(t, "held", f.order(buyer, 3), 400, "Ticket is already reserved.")
	f.pass(hold)
	f.Must(f.expire(expired))
	f.Announced()
	f.refused(buyer, 3, "Too many reservations of this ticket.", 24*time.Hour)
	f.Silent("refused")
	f.cancel(f.reserve(4).ID)                                              // another ticket
	other := functiontest.Parse[Reply](t, f.order(stranger, 3), 201).Order // another buyer
	f.Call(stranger, "PATCH", path(other.ID), "")
	f.age("23 hours 59 minutes")
	f.refused(buyer, 3, "Too many reservations of this ticket.", time.Minute)
	f.age("1 minute")
	paid := functiontest.Parse[Reply](t, f.order(buyer, 3), 201).Order
	f.Must(f.pay(paid.ID, 5, 1000))
	if got := f.get(paid.ID); got.Status != event.OrderIsComplete {
		t.Errorf("%+v", got)
	}
}

// However many orders of one user come at once, none slips past a limit, and what is refused takes no id.
func TestHoldsOfOneTicketAtOnce(t *testing.T) {
	t.Parallel()
	f := limited(t, 1, LimitSettings{MaxOpen: 50, MaxHolds: 3, PerHour: 50})
	f.offer(3)
	functiontest.AtOnce(t, 16, func(int) functiontest.Answer {
		a := f.order(buyer, 3)
		if a.Status == 201 {
			f.cancel(functiontest.Parse[Reply](t, a, 201).Order.ID)
		}
		return a
	})
	for f.order(buyer, 3).Status == 201 {
		f.cancel(f.newest())
	}
	if last := f.newest(); last != 3 {
		t.Errorf("%d orders, want 3", last)
	}
}

func TestOrdersPerHour(t *testing.T) {
	t.Parallel()
	f := limited(t, 1, LimitSettings{MaxOpen: 50, MaxHolds: 50, PerHour: 3})
	for id := range int32(12) {
		f.offer(id + 1)
	}
	got := functiontest.AtOnce(t, 12, func(i int) functiontest.Answer { return f.order(buyer, int32(i+1)) })
	if got["201 Order created."] != 3 || got["429 Too many orders."] != 9 {
		t.Errorf("%v", got)
	}
	f.Announced()
	f.age("50 minutes")
	f.refused(buyer, f.free(), "Too many orders.", 10*time.Minute)
	f.age("10 minutes")
	functiontest.Parse[Reply](t, f.order(buyer, f.free()), 201)
}

// The wait for one open order less is until the first of them ends.
func TestOpenOrdersSayWhen(t *testing.T) {
	t.Parallel()
	f := start(t, 2, 1)
	f.reserve(1)
	f.pass(10 * time.Minute)
	f.reserve(2)
	f.offer(3)
	f.refused(buyer, 3, "Too many open orders.", 5*time.Minute)
}

// newest is the highest id of an order; free a ticket that none holds.
func (f *fixture) newest() int32 {
	f.t.Helper()
	return functiontest.Parse[[]Order](f.t, f.Call(buyer, "GET", "/api/orders?limit=1", ""), 200)[0].ID
}

func (f *fixture) free() int32 {
	f.t.Helper()
	for id := int32(1); ; id++ {
		taken := false
		for _, o := range functiontest.Parse[[]Order](f.t, f.Call(buyer, "GET", "/api/orders", ""), 200) {
			taken = taken || o.TicketID == id && o.Status == event.OrderIsCreated
		}
		if !taken {
			return id
		}
	}
}

// An id is taken by an order that is stored only, however many are refused, one after another or at once.
func TestRefusalsTakeNoID(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	f.reserve(1)
	for range 20 {
		f.order(stranger, 1)
	}
	f.offer(2)
	got := functiontest.AtOnce(t, 80, func(i int) functiontest.Answer { return f.order(int32(100+i), 2) })
	if got["201 Order created."] != 1 || got["400 Ticket is already reserved."] != 79 {
		t.Errorf("%v", got)
	}
	f.Announced()
	if id := f.reserve(3).ID; id != 3 {
		t.Errorf("the third order has id %d", id)
	}
}

// One user, however many requests there are, and whatever another replica does for that user, leaves the others their connections.
func TestOneUserLeavesConnectionsToOthers(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	f.offer(1)
	f.offer(2)
	replica, err := pgx.Connect(t.Context(), f.url)
	f.Must(err)
	defer replica.Close(t.Context())
	var waiting errgroup.Group
	f.Must(pgx.BeginFunc(t.Context(), replica, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `SELECT pg_advisory_xact_lock(1, $1)`, buyer)
		for range 40 {
			waiting.Go(func() error { f.order(buyer, 1); return nil })
		}
		if _, err := tx.Exec(t.Context(), `SELECT pg_sleep(0.3)`); err != nil { // they have come
			return err
		}
		functiontest.Parse[Reply](t, f.order(stranger, 2), 201)
		return err
	}))
	f.Must(waiting.Wait())
	if got := functiontest.Parse[[]Order](t, f.Call(buyer, "GET", "/api/orders", ""), 200); len(got) != 1 {
		t.Errorf("%d orders", len(got))
	}
}
