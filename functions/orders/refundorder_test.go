package orders

import (
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/timestamp"
)

// A seller ends a paid order, once, however often and in how many places that is asked for: its money is to go back, and the ticket is free.
func TestRefundOrder(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	order := f.reserve(3)
	f.Must(f.pay(order.ID, 5, 1000))
	f.Announced()
	got := functiontest.AtOnce(t, 8, func(int) functiontest.Answer { return f.Call(seller, "POST", path(order.ID)+"/refund", "") })
	if got["200 Order refunded."] != 8 {
		t.Errorf("%v", got)
	}
	order = f.get(order.ID)
	if order.Status != event.OrderIsCancelled || order.RefundedBy != "seller" || order.Version != 2 {
		t.Errorf("%+v", order)
	}
	events := f.Announced()
	if len(events) != 2 || functiontest.Text(functiontest.Data(t, event.OrderUpdated, events[1])) != functiontest.Text(order.Order) ||
		functiontest.Text(functiontest.Data(t, event.OrderPaymentRejected, events[0])) != functiontest.Text(event.PaymentRejected{Order: order.Order, PaymentID: 5}) {
		t.Errorf("announced %v", events)
	}
	f.Must(f.pay(order.ID, 5, 1000)) // again, late
	f.Silent("the payment that is on its way back")
	refund := paymentOf(order.ID, 5, 1000)
	refund.Version, refund.Status = 1, event.PaymentIsRefunded
	functiontest.Deliver(t, f.Run, "note-refund", event.PaymentRefunded, refund)
	if got := f.get(order.ID); got.Refunded != 1000 || got.RefundedAt == nil || got.Status != event.OrderIsCancelled {
		t.Errorf("%+v", got)
	}
	f.Announced()
	f.cancel(order.ID)
	f.Silent("cancelled as well")
	f.Counted(map[string]float64{"orders_total outcome=returned": 1, "orders_total outcome=cancelled": 0, "orders_total outcome=late_payment": 0})
	functiontest.Parse[Reply](t, f.order(stranger, 3), 201)
}

// A sale is refunded until what it is for begins; one that was refunded before stays so.
func TestRefundOrderInTime(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	early, late := f.reserve(3), f.reserve(4)
	for _, order := range []Order{early, late} {
		f.Must(f.pay(order.ID, order.ID, 1000))
		ticket := event.Ticket{ID: order.TicketID, Title: "Opera", Price: 1000, UserID: seller, Version: 1, CreatedAt: noon, UpdatedAt: noon}
		begins := timestamp.Of(noon.Add(time.Hour))
		ticket.StartsAt = &begins
		functiontest.Deliver(t, f.Run, "copy-ticket", event.TicketUpdated, ticket)
	}
	f.pass(time.Hour - time.Millisecond)
	functiontest.Parse[Reply](t, f.Call(seller, "POST", path(early.ID)+"/refund", ""), 200)
	f.Announced()
	f.pass(time.Millisecond)
	f.Refuses(seller, "POST", path(late.ID)+"/refund", "", 409, "The event has begun.")
	f.Refuses(buyer, "POST", path(late.ID)+"/refund", "", 401, "You are not authorized to refund this order.")
	functiontest.Parse[Reply](t, f.Call(seller, "POST", path(early.ID)+"/refund", ""), 200)
}

// A ticket that is withdrawn with the refund of its sale is sold no more, from that moment on, and also after a restore of tickets that has lost the
// withdrawal; tickets follows what is announced.
func TestRefundOrderAndWithdraw(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	order := f.paid(3)
	f.Announced()
	f.Refuses(seller, "POST", path(order.ID)+"/refund?withdraw=yes", "", 400, "Invalid query.")
	order = functiontest.Parse[Reply](t, f.Call(seller, "POST", path(order.ID)+"/refund?withdraw=true", ""), 200).Order
	events := f.Announced()
	if len(events) != 2 || !order.Withdrawn || functiontest.Text(functiontest.Data(t, event.OrderUpdated, events[1])) != functiontest.Text(order.Order) {
		t.Errorf("%+v, announced %v", order, events)
	}
	functiontest.Refused(t, "withdrawn", f.order(stranger, 3), 400, "Ticket is no longer offered.")
	f.Must(f.Restore().Begin(t.Context()))
	f.offer(3)
	functiontest.Refused(t, "withdrawn before the restore", f.order(stranger, 3), 400, "Ticket is no longer offered.")
}

// What is refunded again is as it was: a ticket that is free again is withdrawn at tickets.
func TestRefundOrderAndWithdrawLater(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	order := f.paid(3)
	functiontest.Parse[Reply](t, f.Call(seller, "POST", path(order.ID)+"/refund?withdraw=false", ""), 200)
	f.Announced()
	if again := functiontest.Parse[Reply](t, f.Call(seller, "POST", path(order.ID)+"/refund?withdraw=true", ""), 200); again.Order.Withdrawn {
		t.Errorf("%+v", again)
	}
	f.Silent("refunded again")
	functiontest.Parse[Reply](t, f.order(stranger, 3), 201)
}

func TestRefundOrderRefuses(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	open, paid, ended, partly, disputed, won, failed, going := f.reserve(1), f.reserve(2), f.reserve(3), f.reserve(4), f.reserve(5), f.reserve(6), f.reserve(7), f.reserve(8)
	f.cancel(ended.ID)
	for _, o := range []Order{paid, partly, disputed, won, failed, going} {
		f.Must(f.pay(o.ID, o.ID, 1000))
	}
	for id, change := range map[int32]func(*event.Payment){
		partly.ID:   func(p *event.Payment) { p.Refunded = 1 },
		disputed.ID: func(p *event.Payment) { p.Dispute = event.DisputeOpen },
		won.ID:      func(p *event.Payment) { p.Dispute = event.DisputeWon },
		failed.ID:   func(p *event.Payment) { p.Refund = event.RefundFailed },
		going.ID:    func(p *event.Payment) { p.Refund = event.RefundPending },
	} {
		p := paymentOf(id, id, 1000)
		p.Version = 1
		change(&p)
		functiontest.Deliver(t, f.Run, "note-payment", event.PaymentUpdated, p)
	}
	f.Announced()
	f.Refuses(0, "POST", "/api/orders/x/refund", "", 401, "Not authorized.")
	f.Refuses(seller, "POST", "/api/orders/x/refund", "", 400, "Invalid id.")
	f.Refuses(seller, "POST", path(99)+"/refund", "", 404, "Order not found.")
	for _, user := range []int32{buyer, stranger} {
		f.Refuses(user, "POST", path(paid.ID)+"/refund", "", 401, "You are not authorized to refund this order.")
	}
	for _, o := range []Order{open, ended, partly, disputed, going} {
		f.Refuses(seller, "POST", path(o.ID)+"/refund", "", 409, "Order cannot be refunded.")
	}
	for _, o := range []Order{won, failed} { // all of the money is there
		functiontest.Parse[Reply](t, f.Call(seller, "POST", path(o.ID)+"/refund", ""), 200)
	}
}
