package orders

import (
	"errors"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/timestamp"
)

func paymentOf(orderID, id int32, cents int64) event.Payment {
	return event.Payment{
		ID: id, OrderID: orderID, Status: event.PaymentSucceeded, CreatedAt: timestamp.Of(noon), UpdatedAt: timestamp.Of(noon.Add(time.Second)),
		StripeCharge: event.Charge{ID: "ch_1", Amount: cents, Currency: "usd", Status: "succeeded"},
	}
}

// Every move from every state, with an order that is due at noon.
func TestMoves(t *testing.T) {
	t.Parallel()
	const created, complete, cancelled = event.OrderIsCreated, event.OrderIsComplete, event.OrderIsCancelled
	failed := paymentOf(1, 5, 1000)
	failed.Status = event.PaymentFailed
	early, late := noon.Add(-time.Millisecond), noon.Add(time.Millisecond)
	moves := map[string]func(*Order) error{
		"cancel":         (*Order).Cancel,
		"expire early":   func(o *Order) error { return o.Expire(early) },
		"expire in time": func(o *Order) error { return o.Expire(noon) },
		"extend":         func(o *Order) error { return o.Extend(early, late, 1) },
		"extend never":   func(o *Order) error { return o.Extend(early, late, 0) },
		"extend late":    func(o *Order) error { return o.Extend(noon, late, 1) },
		"pay":            func(o *Order) error { return o.Complete(paymentOf(1, 5, 1000)) },
		"pay by another": func(o *Order) error { return o.Complete(paymentOf(1, 6, 1000)) },
		"pay too little": func(o *Order) error { return o.Complete(paymentOf(1, 5, 999)) },
		"pay too much":   func(o *Order) error { return o.Complete(paymentOf(1, 5, 1001)) },
		"fail to pay":    func(o *Order) error { return o.Complete(failed) },
	}
	type end struct {
		status event.OrderStatus
		err    error
	}
	for from, ends := range map[event.OrderStatus]map[string]end{
		created: {
			"cancel": {cancelled, nil}, "expire early": {created, errNotDue}, "expire in time": {cancelled, nil},
			"extend": {created, nil}, "extend never": {created, ErrNotExtendable}, "extend late": {created, ErrNotExtendable},
			"pay": {complete, nil}, "pay by another": {complete, nil},
			"pay too little": {created, errPaymentRejected}, "pay too much": {created, errPaymentRejected}, "fail to pay": {created, errPaymentRejected},
		},
		cancelled: {
			"cancel": {cancelled, nil}, "expire early": {cancelled, nil}, "expire in time": {cancelled, nil},
			"extend": {cancelled, ErrNotExtendable}, "extend never": {cancelled, ErrNotExtendable}, "extend late": {cancelled, ErrNotExtendable},
			"pay": {cancelled, errPaymentRejected}, "pay by another": {cancelled, errPaymentRejected},
			"pay too little": {cancelled, errPaymentRejected}, "pay too much": {cancelled, errPaymentRejected}, "fail to pay": {cancelled, errPaymentRejected},
		},
		complete: { // by payment 5
			"cancel": {complete, ErrComplete}, "expire early": {complete, nil}, "expire in time": {complete, nil},
			"extend": {complete, ErrNotExtendable}, "extend never": {complete, ErrNotExtendable}, "extend late": {complete, ErrNotExtendable},
			"pay": {complete, nil}, "pay by another": {complete, errPaymentRejected},
			"pay too little": {complete, nil}, "pay too much": {complete, nil}, "fail to pay": {complete, nil}, // known already
		},
	} {
		for name, move := range moves {
			paid := int32(5)
			before := Order{Order: event.Order{ID: 1, UserID: buyer, Status: from, ExpiresAt: timestamp.Of(noon), Ticket: event.OrderTicket{Price: 1000}}}
			if from == complete {
				before.PaymentID = &paid
			}
			after, want := before, ends[name]
			err := move(&after)
			if after.Status != want.status || !errors.Is(err, want.err) {
				t.Errorf("%s, %s: %s, %v; want %s, %v", from, name, after.Status, err, want.status, want.err)
			}
			if same := after == before; same != (err != nil || from != created) {
				t.Errorf("%s, %s: %+v became %+v", from, name, before, after)
			}
			if name == "extend" && from == created && (after.Extensions != 1 || !after.ExpiresAt.Equal(late)) {
				t.Errorf("extended: %+v", after)
			}
			if after.Status == complete && after.PaymentID == nil {
				t.Errorf("%s, %s: complete without a payment", from, name)
			}
		}
	}
}

func TestReserve(t *testing.T) {
	t.Parallel()
	ticket := Ticket{event.Ticket{ID: 3, Title: "Opera", Price: 1000, UserID: seller, Version: 4, CreatedAt: timestamp.Of(noon), UpdatedAt: timestamp.Of(noon)}}
	o, err := ticket.Reserve(buyer, noon.Add(1234567*time.Nanosecond))
	want := event.Order{UserID: buyer, Status: event.OrderIsCreated, ExpiresAt: timestamp.Of(noon.Add(time.Millisecond)), TicketID: 3,
		Ticket: event.OrderTicket{ID: 3, Title: "Opera", Price: 1000, Version: 4, CreatedAt: timestamp.Of(noon), UpdatedAt: timestamp.Of(noon)}}
	if err != nil || o.Order != want {
		t.Errorf("%+v, %v", o, err)
	}
	if _, err := ticket.Reserve(seller, noon); !errors.Is(err, ErrOwnTicket) {
		t.Errorf("by the seller: %v", err)
	}
}
