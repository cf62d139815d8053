package simulation

import (
	"context"
	"errors"
	"slices"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/adapters/systemtest"
)

// order is one as its service stores it.
type order struct {
	ID, UserID, TicketID int32
	Status               string
	ExpiresAt            time.Time
	Cents                int64
	Paying               bool // as far as its service knows, a payment of it is under way
}

func (w *world) audit() systemtest.Audit {
	return systemtest.Audit{Tickets: w.databases["tickets"], Orders: w.databases["orders"], Payments: w.databases["payments"], Ledger: w.stripe.Ledger, Elsewhere: w.elsewhere}
}

// check looks for what may not be at any time.
func (w *world) check() {
	if !w.changed {
		return
	}
	w.changed = false
	ctx := context.Background()
	if err := w.audit().Always(ctx); err != nil {
		w.violate("%v", err)
	}
	rows, err := w.databases["orders"].Query(ctx, `SELECT id, user_id, ticket_id, status, expires_at, ticket_price, paying FROM orders ORDER BY id`)
	if err != nil {
		w.t.Fatal(err)
	}
	orders, err := pgx.CollectRows(rows, pgx.RowToStructByPos[order])
	if err != nil {
		w.t.Fatal(err)
	}
	ledger := w.stripe.Ledger()
	kept := ledger.Kept()
	for _, o := range orders {
		if i := slices.IndexFunc(w.orders, func(before order) bool { return before.ID == o.ID }); i >= 0 {
			w.checkMove(w.orders[i], o)
		}
		for _, c := range ledger.ChargesOf(o.ID) {
			if c.AmountCents != o.Cents {
				w.violate("order %d is charged %d cents, and its price is %d", o.ID, c.AmountCents, o.Cents)
			}
		}
		if kept[o.ID] < 0 || kept[o.ID] > o.Cents {
			w.violate("order %d: %d cents are kept, and its price is %d", o.ID, kept[o.ID], o.Cents)
		}
		if o.Status == "complete" && kept[o.ID]+w.elsewhere[o.ID] != o.Cents {
			w.violate("order %d is complete, and %d of %d cents are kept", o.ID, kept[o.ID], o.Cents)
		}
	}
	w.orders = orders
}

// grace is for how long an order does not expire under its payment.
const grace = 30 * time.Second

// checkMove: an order moves along its arrows, and expires when its time is up by a clock of its service, and no earlier; under
// its payment a little later.
func (w *world) checkMove(before, now order) {
	returned := before.Status == "complete" && now.Status == "cancelled" && w.returned[now.ID]
	if before.Status != "created" && now.Status != before.Status && !returned {
		w.violate("order %d was %s, and is %s", now.ID, before.Status, now.Status)
	}
	ends := before.ExpiresAt
	if before.Paying && now.Paying {
		ends = ends.Add(grace)
	}
	ahead := max(w.skews["orders-1"], w.skews["orders-2"])
	if before.Status == "created" && now.Status == "cancelled" && !w.asked[now.ID] && time.Now().Add(ahead).Before(ends) {
		w.violate("order %d has expired %v before its time", now.ID, time.Until(ends))
	}
}

// flow relays and delivers until no event is left, or those that are left have failed several times.
func (w *world) flow() {
	for range 6 {
		for _, service := range simulated {
			w.finish(w.relay(w.process(service, 0), none))
		}
		if len(w.messages) == 0 {
			return
		}
		for _, m := range slices.Clone(w.messages) {
			w.finish(w.deliver(w.process(m.service, 0), m, none))
		}
	}
}

func (w *world) finish(t *task) {
	w.run(t, 0, 0)
	w.settle()
}

// quiet is how long the system rests, step by step: until orders have expired, second steps are given up, and refunds are
// tried again.
var quiet = []time.Duration{0, 16 * time.Minute, 16 * time.Minute, time.Hour, time.Hour, 24 * time.Hour, 24 * time.Hour}

// rest lets everything come to its end, without faults: then all invariants hold.
func (w *world) rest() {
	for len(w.tasks) > 0 && w.violation == "" {
		w.finish(w.tasks[0])
	}
	synctest.Wait()
	w.decideAll()
	var err error
	for _, pause := range quiet {
		time.Sleep(pause)
		w.flow()
		for _, c := range w.contents {
			for i := range c.Schedules {
				p := w.process(c.Name, 0)
				w.finish(w.tick(p, p.Schedules[i], none))
			}
		}
		w.flow()
		w.decideAll()
		w.setClock("orders")
		if w.check(); w.violation != "" {
			return
		}
		if err = errors.Join(w.audit().AtRest(context.Background()), w.moved()); err == nil {
			break
		}
	}
	if err != nil {
		w.violate("in the end: %v", err)
	}
	for _, o := range w.orders {
		if w.cancelled[o.ID] && o.Status != "cancelled" {
			w.violate("order %d is %s, and its buyer was told that it is cancelled", o.ID, o.Status)
		}
	}
}

// prelude: Ann has offered two tickets, and orders knows them.
func (w *world) prelude() {
	for i := range 2 {
		w.finish(w.offer(step{What: i}))
	}
	w.flow()
}
