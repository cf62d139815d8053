package orders

import (
	"fmt"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/timestamp"
)

func paymentOf(orderID, id int32, cents int64) event.Payment {
	return event.Payment{
		ID: id, OrderID: orderID, Status: event.PaymentSucceeded, CreatedAt: noon, UpdatedAt: timestamp.Of(noon.Add(time.Second)),
		StripeCharge: event.Charge{ID: "ch_1", Amount: cents, Currency: "usd", Status: "succeeded"},
	}
}

// Every move from every state, with an order that is due at noon, and that payment 5 completes.
func TestMoves(t *testing.T) {
	t.Parallel()
	failed := paymentOf(1, 5, 1000)
	failed.Status = event.PaymentFailed
	early, late := noon.Add(-time.Millisecond), noon.Add(time.Millisecond)
	const created, complete, cancelled = event.OrderIsCreated, event.OrderIsComplete, event.OrderIsCancelled
	open, done, ended := fmt.Sprint(created, " ", nil), fmt.Sprint(complete, " ", nil), fmt.Sprint(cancelled, " ", nil)
	refused := func(status event.OrderStatus, err error) string { return fmt.Sprint(status, " ", err) }
	for _, c := range []struct {
		name                                     string
		move                                     func(*Order) error
		fromCreated, fromComplete, fromCancelled string
	}{
		{"cancel", (*Order).Cancel, ended, refused(complete, ErrComplete), ended},
		{"expire early", func(o *Order) error { return o.Expire(early, 0) }, refused(created, errNotDue), done, ended},
		{"expire in time", func(o *Order) error { return o.Expire(noon.Time, time.Minute) }, ended, done, ended},
		{"extend", func(o *Order) error { return o.Extend(early, late, 1) }, open, refused(complete, ErrNotExtendable), refused(cancelled, ErrNotExtendable)},
		{"extend never", func(o *Order) error { return o.Extend(early, late, 0) }, refused(created, ErrNotExtendable), refused(complete, ErrNotExtendable), refused(cancelled, ErrNotExtendable)},
		{"extend late", func(o *Order) error { return o.Extend(noon.Time, late, 1) }, refused(created, ErrNotExtendable), refused(complete, ErrNotExtendable), refused(cancelled, ErrNotExtendable)},
		{"pay", func(o *Order) error { return o.Complete(paymentOf(1, 5, 1000)) }, done, done, refused(cancelled, errPaymentRejected)},
		{"pay by another", func(o *Order) error { return o.Complete(paymentOf(1, 6, 1000)) }, done, refused(complete, errPaymentRejected), refused(cancelled, errPaymentRejected)},
		{"pay too little", func(o *Order) error { return o.Complete(paymentOf(1, 5, 999)) }, refused(created, errPaymentRejected), done, refused(cancelled, errPaymentRejected)},
		{"pay too much", func(o *Order) error { return o.Complete(paymentOf(1, 5, 1001)) }, refused(created, errPaymentRejected), done, refused(cancelled, errPaymentRejected)},
		{"fail to pay", func(o *Order) error { return o.Complete(failed) }, refused(created, errPaymentRejected), done, refused(cancelled, errPaymentRejected)},
	} {
		for from, want := range map[event.OrderStatus]string{created: c.fromCreated, complete: c.fromComplete, cancelled: c.fromCancelled} {
			paid := int32(5)
			before := Order{Order: event.Order{ID: 1, UserID: buyer, Status: from, ExpiresAt: noon, Ticket: event.OrderTicket{Price: 1000}}}
			if from == complete {
				before.PaymentID = &paid
			}
			after := before
			err := c.move(&after)
			if got := refused(after.Status, err); got != want {
				t.Errorf("%s, %s: %s, want %s", from, c.name, got, want)
			}
			if same := after == before; same != (err != nil || from != created) {
				t.Errorf("%s, %s: %+v became %+v", from, c.name, before, after)
			}
			if c.name == "extend" && from == created && (after.Extensions != 1 || !after.ExpiresAt.Equal(late)) {
				t.Errorf("extended: %+v", after)
			}
			if after.Status == complete && after.PaymentID == nil {
				t.Errorf("%s, %s: complete without a payment", from, c.name)
			}
		}
	}
}
