package manifests

import (
	"reflect"
	"time"

	"github.com/gittix/ticketing/functions/orders"
	"github.com/gittix/ticketing/functions/payments"
	"github.com/gittix/ticketing/functions/payments/gateway"
	"github.com/gittix/ticketing/functions/tickets"
	"github.com/gittix/ticketing/shared/event"
)

// Diagram is the states of a thing and the moves between them, found by trying each move in each state that can be reached.
type Diagram struct {
	Thing string
	Start string
	Moves []Move
}

// Move leads from one state to another, or changes a thing that stays in its state.
type Move struct{ From, Name, To string }

// try is a move to be tried on a thing.
type try[T any] struct {
	name string
	move func(*T)
}

func explore[T any](thing string, start T, state func(T) string, tries []try[T]) Diagram {
	d := Diagram{Thing: thing, Start: state(start)}
	reached, seen := []T{start}, map[string]bool{d.Start: true}
	for i := 0; i < len(reached); i++ {
		for _, t := range tries {
			next := reached[i]
			t.move(&next)
			if reflect.DeepEqual(next, reached[i]) {
				continue
			}
			to := state(next)
			d.Moves = append(d.Moves, Move{state(reached[i]), t.name, to})
			if !seen[to] {
				seen[to], reached = true, append(reached, next)
			}
		}
	}
	return d
}

// diagrams are those of the services' state machines.
func diagrams() []Diagram {
	begin := time.Unix(0, 0)
	end := begin.Add(time.Minute)
	free := tickets.Ticket{Ticket: event.Ticket{Status: event.TicketIsAvailable, UserID: 1, Price: 100}}
	order, _ := orders.Ticket{Ticket: event.Ticket{UserID: 1, Price: 100}}.Reserve(2, begin, end)
	pending := payments.Payment{Payment: event.Payment{ID: 1, Status: event.PaymentPending}, IntentID: "pi", Amount: 100}
	intent := func(status gateway.Status) func(*payments.Payment) {
		return func(p *payments.Payment) { p.Settle(gateway.Intent{ID: "pi", Status: status, AmountCents: 100}) }
	}
	keep := func(o *orders.Order) {
		if o.Status == event.OrderIsCreated {
			_ = o.Note(event.Payment{ID: 1, Status: event.PaymentPending}, end, time.Minute)
			_ = o.Expire(end, time.Minute)
		}
	}
	id := int32(1)
	hold := func(from event.TicketStatus, h tickets.Holder) func(*tickets.Ticket) {
		return func(t *tickets.Ticket) {
			if t.Status == from {
				t.Hold(h)
			}
		}
	}
	return []Diagram{
		explore("ticket", free, func(t tickets.Ticket) string { return string(t.Status) }, []try[tickets.Ticket]{
			{"change", func(t *tickets.Ticket) { _ = t.Change(1, tickets.Offer{Title: "another"}, time.Time{}) }},
			{"order created", hold(event.TicketIsAvailable, tickets.Holder{Order: &id})},
			{"order cancelled", hold(event.TicketIsReserved, tickets.Holder{})},
			{"order refunded", hold(event.TicketIsSold, tickets.Holder{})},
			{"order refunded, and withdrawn", hold(event.TicketIsSold, tickets.Holder{Withdrawn: true})},
			{"withdrawal", func(t *tickets.Ticket) { _ = t.Withdraw(1) }},
			{"order paid", hold(event.TicketIsReserved, tickets.Holder{Order: &id, Paid: true})},
		}),
		explore("order", order, func(o orders.Order) string { return string(o.Status) }, []try[orders.Order]{
			{"extension", func(o *orders.Order) { _ = o.Extend(begin, end.Add(time.Minute), 1) }},
			{"payment", func(o *orders.Order) {
				_ = o.Complete(event.Payment{ID: 1, Status: event.PaymentSucceeded, StripeCharge: event.Charge{Amount: 100}})
			}},
			{"cancellation", func(o *orders.Order) { _ = o.Cancel() }},
			{"expiry", func(o *orders.Order) { _ = o.Expire(end, time.Minute) }},
			{"expiry under a payment, once", keep},
			{"failure of the payment that it is kept for", func(o *orders.Order) {
				if keep(o); o.AwaitedPaymentID == 0 {
					return
				}
				_ = o.Note(event.Payment{ID: 1, Version: 1, Status: event.PaymentFailed}, end, time.Minute)
			}},
			{"refund by its seller", func(o *orders.Order) { _ = o.Return(false) }},
			{"refund or dispute", func(o *orders.Order) {
				_ = o.Note(event.Payment{ID: 1, Version: 1, Status: event.PaymentSucceeded, Refund: event.RefundOwed}, end, time.Minute)
			}},
		}),
		explore("payment", pending, func(p payments.Payment) string { return string(p.Status) }, []try[payments.Payment]{
			{"second step asked for", intent(gateway.NeedsAction)},
			{"charged", intent(gateway.Succeeded)},
			{"declined or given up", intent(gateway.Cancelled)},
			{"rejected by its order", func(p *payments.Payment) { p.Owe(end) }},
			{"all money back", func(p *payments.Payment) { p.Reverse(gateway.Reversals{RefundedCents: 100}, end) }},
			{"part of it back", func(p *payments.Payment) { p.Reverse(gateway.Reversals{RefundedCents: 50}, end) }},
			{"refund failed", func(p *payments.Payment) { p.Reverse(gateway.Reversals{Failed: true}, end) }},
		}),
	}
}
