package orders

import (
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/postgres"
)

const newStatus event.OrderStatus = "held" // of a newer version

// heldByNewer returns an order that a newer version of this service has moved to a status of its own, before it was rolled back.
func heldByNewer(t *testing.T) (*fixture, Order) {
	t.Helper()
	f := start(t, 10, 1)
	o := f.reserve(3)
	_, err := f.db.Exec(t.Context(), `ALTER TABLE orders DROP CONSTRAINT orders_status_check`)
	f.Must(err)
	_, err = f.db.Exec(t.Context(), `UPDATE orders SET status = $2 WHERE id = $1`, o.ID, newStatus)
	f.Must(err)
	o.Status = newStatus
	return f, o
}

// stored is an order as it is in the database: the published document has no status of a newer version.
func (f *fixture) stored(id int32) Order {
	f.t.Helper()
	o, err := postgres.One(f.t.Context(), f.db, scan, `SELECT `+columns+` FROM orders WHERE id = $1`, id)
	f.Must(err)
	return o
}

// An order of a status that this version does not know is shown as it is, and nothing moves it.
func TestUnknownStatusStays(t *testing.T) {
	t.Parallel()
	f, o := heldByNewer(t)
	functiontest.Refused(t, "cancel", f.Call(buyer, "PATCH", path(o.ID), ""), 409, "Order cannot be cancelled.")
	functiontest.Refused(t, "extend", f.Call(buyer, "POST", path(o.ID)+"/extend", ""), 409, "Order cannot be extended.")
	functiontest.Refused(t, "order", f.order(stranger, o.TicketID), 400, "Ticket is already reserved.")
	f.pass(2 * hold)
	f.Must(f.expire(o))
	f.Must(f.Tick("sweep-overdue"))
	if got := f.stored(o.ID); got != o || len(f.Announced()) > 0 {
		t.Errorf("it is %+v", got)
	}
}

// A payment is neither taken nor rejected by who does not understand the order, or the payment: it waits for a newer version.
func TestPaymentWaitsForNewerVersion(t *testing.T) {
	t.Parallel()
	f, o := heldByNewer(t)
	known := f.reserve(4)
	odd := paymentOf(known.ID, 2, 1000)
	odd.Status = "authorized"
	for what, p := range map[string]event.Payment{"the order": paymentOf(o.ID, 1, 1000), "the payment": odd} {
		err := f.Deliver("complete-order", functiontest.Event(t, event.PaymentCreated, p))
		if !bus.Temporary(err) || function.IsReject(err) {
			t.Errorf("%s has an unknown status: %v", what, err)
		}
	}
	err := f.Deliver("note-payment", functiontest.Event(t, event.PaymentUpdated, odd))
	if !bus.Temporary(err) || function.IsReject(err) {
		t.Errorf("noted: %v", err)
	}
	if f.stored(o.ID) != o || f.stored(known.ID) != known || len(f.Announced()) > 0 {
		t.Errorf("they are %+v, %+v", f.stored(o.ID), f.stored(known.ID))
	}
}

// What is only shown is kept as it came.
func TestUnknownKindsOfReversalsAreKept(t *testing.T) {
	t.Parallel()
	f := start(t, 10, 1)
	o := f.reserve(3)
	f.Must(f.pay(o.ID, 1, 1000))
	p := paymentOf(o.ID, 1, 1000)
	p.Version, p.Refund, p.Dispute, p.UpdatedAt.Time = 1, "scheduled", "appealed", p.UpdatedAt.Add(time.Second)
	functiontest.Deliver(t, f.Run, "note-payment", event.PaymentUpdated, p)
	if got := f.stored(o.ID); got.Refund != "scheduled" || got.Dispute != "appealed" {
		t.Errorf("noted %+v", got)
	}
}
