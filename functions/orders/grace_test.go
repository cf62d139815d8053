package orders

import (
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// attempt is a payment that has begun, or one that has failed.
func attempt(orderID, id int32, status event.PaymentStatus) event.Payment {
	p := event.Payment{ID: id, OrderID: orderID, Status: status, CreatedAt: noon, UpdatedAt: noon}
	if status == event.PaymentFailed {
		p.Version = 1
	}
	return p
}

func (f *fixture) begun(orderID, id int32)  { f.note(attempt(orderID, id, event.PaymentPending)) }
func (f *fixture) failed(orderID, id int32) { f.note(attempt(orderID, id, event.PaymentFailed)) }

// under is the payment that is under way of an order that is kept.
func under(o Order) int32 { return 10 * o.ID }

// kept lets the time of an order pass while a payment of it is under way.
func (f *fixture) kept(ticketID int32) Order {
	f.t.Helper()
	o := f.reserve(ticketID)
	f.begun(o.ID, under(o))
	f.Silent("a payment begins: that is no news of the order")
	f.pass(hold)
	f.Must(f.expire(o))
	got := f.get(o.ID)
	functiontest.Announced(f.t, f.Run, event.OrderUpdated, got.Order, 0)
	if got.Status != event.OrderIsCreated || !got.ExpiresAt.Equal(o.ExpiresAt.Time) || !got.Ends().Equal(o.ExpiresAt.Add(grace)) || got.AwaitedPaymentID != under(o) {
		f.t.Errorf("%+v", got)
	}
	return got
}

// An order does not expire under its payment, for a grace that it has once.
func TestGrace(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		what func(*fixture, Order)
		end  event.OrderStatus
	}{
		"it succeeds":               {func(f *fixture, o Order) { f.Must(f.pay(o.ID, under(o), 1000)) }, event.OrderIsComplete},
		"it fails":                  {func(f *fixture, o Order) { f.failed(o.ID, under(o)) }, event.OrderIsCancelled},
		"it fails, and comes twice": {func(f *fixture, o Order) { f.begun(o.ID, under(o)); f.failed(o.ID, under(o)) }, event.OrderIsCancelled},
		"an earlier one failed":     {func(f *fixture, o Order) { f.failed(o.ID, under(o)-1) }, event.OrderIsCreated},
		"another has begun":         {func(f *fixture, o Order) { f.begun(o.ID, under(o)+1) }, event.OrderIsCreated},
		"another has succeeded":     {func(f *fixture, o Order) { f.Must(f.pay(o.ID, under(o)+1, 1000)) }, event.OrderIsComplete},
		"its buyer gives it back":   {func(f *fixture, o Order) { f.cancel(o.ID) }, event.OrderIsCancelled},
		"the scheduler repeats":     {func(f *fixture, o Order) { o.HeldUntil = nil; f.Must(f.expire(o)) }, event.OrderIsCreated},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t, 50, 1)
			o := f.kept(1)
			f.Refuses(buyer, "POST", path(o.ID)+"/extend", "", 409, "Order cannot be extended.")
			f.pass(grace - time.Millisecond)
			c.what(f, o)
			if got := f.get(o.ID); got.Status != c.end || c.end != event.OrderIsCreated && got.AwaitedPaymentID != 0 {
				t.Errorf("%+v, want it %s", got, c.end)
			}
			f.pass(time.Millisecond)
			o.ExpiresAt = o.Ends() // as the scheduler says it
			f.Must(f.expire(o))
			if got := f.get(o.ID); got.Status == event.OrderIsCreated {
				t.Errorf("after its grace: %+v", got)
			}
		})
	}
}

func TestGraceIsCounted(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	f.kept(1)
	failing := f.kept(2)
	f.failed(failing.ID, under(failing))
	f.Counted(map[string]float64{"orders_total outcome=kept": 2, "orders_total outcome=expired": 1, "orders_total outcome=cancelled": 0})
}

// A payment that has failed in time is no reason to keep the order.
func TestNoGraceAfterFailure(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	for id, events := range map[int32]func(o, p int32){
		1: func(o, p int32) { f.begun(o, p); f.failed(o, p) },
		2: func(o, p int32) { f.failed(o, p); f.begun(o, p) },
	} {
		o := f.reserve(id)
		events(o.ID, 7)
		f.now = o.ExpiresAt.Time
		f.Must(f.expire(o))
		if got := f.get(o.ID); got.Status != event.OrderIsCancelled {
			t.Errorf("%d: %+v", id, got)
		}
	}
}

// Without a grace, an order ends at its time.
func TestGraceOfNothing(t *testing.T) {
	t.Parallel()
	o := Order{Order: event.Order{Status: event.OrderIsCreated, ExpiresAt: noon}}
	if err := o.Note(event.Payment{ID: 1, Status: event.PaymentPending}, noon.Time, 0); err != nil || o.AwaitedPaymentID != 0 {
		t.Errorf("%v, it says that it waits: %+v", err, o) // so payments charges nothing in the last moments
	}
	if err := o.Expire(noon.Add(time.Hour), 0); err != nil || o.Status != event.OrderIsCancelled {
		t.Errorf("%v, %+v", err, o)
	}
}

// An order that was overlooked while something was away is kept for news that may have waited, too, and then ends.
func TestOverlookedOrders(t *testing.T) {
	t.Parallel()
	for name, look := range map[string]func(*fixture, Order) error{
		"scheduler": (*fixture).expire,
		"sweep":     func(f *fixture, _ Order) error { return f.Tick("sweep-overdue") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t, 50, 1)
			paid, declined, begun, begins, unpaid := f.reserve(1), f.reserve(2), f.reserve(3), f.reserve(4), f.reserve(5)
			all := []Order{paid, declined, begun, begins, unpaid}
			lookAtAll := func(want ...time.Duration) {
				t.Helper()
				for i, o := range all {
					o.ExpiresAt = o.Ends() // as the scheduler says it
					if !f.now.Before(o.Ends().Time) {
						f.Must(look(f, o))
					}
					switch all[i] = f.get(o.ID); {
					case want[i] == 0 && all[i].Status == event.OrderIsCreated, want[i] > 0 && !all[i].Ends().Equal(f.now.Add(want[i])):
						t.Errorf("%+v, want it to end in %s", all[i], want[i])
					}
				}
			}
			f.begun(begun.ID, 6)
			f.pass(hold + overlooked + time.Millisecond)
			lookAtAll(paymentNewsWithin, paymentNewsWithin, grace, paymentNewsWithin, paymentNewsWithin)
			f.failed(declined.ID, 5) // perhaps another attempt has begun, and that waits, too
			f.Must(f.pay(paid.ID, 4, 1000))
			f.failed(begun.ID, 6)
			f.pass(paymentNewsWithin)
			f.begun(begins.ID, 8)
			lookAtAll(0, 0, grace-paymentNewsWithin, grace, 0)
			f.Must(f.pay(begun.ID, 7, 1000))
			f.pass(grace)
			lookAtAll(0, 0, 0, 0, 0)
			for i, want := range []event.OrderStatus{event.OrderIsComplete, event.OrderIsCancelled, event.OrderIsComplete, event.OrderIsCancelled, event.OrderIsCancelled} {
				if got := f.get(all[i].ID); got.Status != want {
					t.Errorf("%+v, want it %s", got, want)
				}
			}
		})
	}
}

// An unpaid order whose time the scheduler has lost ends with the second sweep that finds it.
func TestLostOrdersEndSoon(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	o := f.reserve(1)
	f.pass(hold + overlooked + time.Millisecond)
	f.Must(f.Tick("sweep-overdue"))
	f.pass(15 * time.Second)
	f.Must(f.Tick("sweep-overdue"))
	if got := f.get(o.ID); got.Status != event.OrderIsCancelled {
		t.Errorf("%+v", got)
	}
}

// In its last minute an order says which payment it will be kept for.
func TestAwaitedPayment(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	early, late := f.reserve(1), f.reserve(2)
	f.pass(hold - lastMinute)
	f.begun(early.ID, 5)
	f.Silent("there is time")
	f.pass(time.Millisecond)
	f.begun(late.ID, 6)
	got := f.get(late.ID)
	functiontest.Announced(t, f.Run, event.OrderUpdated, got.Order, 0)
	f.failed(late.ID, 6)
	f.begun(late.ID, 7)
	if last := f.get(late.ID); got.AwaitedPaymentID != 6 || last.AwaitedPaymentID != 7 || last.Version != 3 || last.HeldUntil != nil {
		t.Errorf("%+v, then %+v", got, last)
	}
	if got := f.extend(late.ID).Order; got.AwaitedPaymentID != 7 || got.HeldUntil != nil {
		t.Errorf("extended: %+v", got)
	}
	f.Must(f.pay(late.ID, 7, 1000))
	if got := f.get(late.ID); got.AwaitedPaymentID != 0 {
		t.Errorf("complete: %+v", got)
	}
}

func TestAttemptsOfNoOrderAreRejected(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	if err := f.Deliver("note-payment", functiontest.Event(t, event.PaymentUpdated, attempt(99, 5, event.PaymentPending))); !function.IsReject(err) {
		t.Error(err)
	}
}
