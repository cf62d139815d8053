package orders

import (
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

func TestUsePassAtOnce(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	order := f.paid(3)
	codes := [8]string{}
	for i := range codes {
		codes[i] = f.passOf(order).Code
		f.pass(time.Second)
	}
	got := functiontest.AtOnce(t, len(codes), func(i int) functiontest.Answer { return f.use(seller, codes[i]) })
	if got["200 "] != 1 || got["409 The pass was used before."] != 7 {
		t.Errorf("%v", got)
	}
}

// Whoever lost the answer asks again, and the holder is let in: another request for the same pass finds it used.
func TestUsePassAgain(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	code, other := f.passOf(f.paid(3)).Code, f.passOf(f.paid(4)).Code
	const use = "/api/orders/pass/use"
	used := functiontest.Parse[Pass](t, f.CallAgain(seller, use, withCode(code), withCode(other)), 200)
	if used.Status != PassIsUsed || used.TicketID != 3 {
		t.Errorf("%+v", used)
	}
	functiontest.Refused(t, "without the key", f.use(seller, code), 409, "The pass was used before.")
	f.Silent("passes are of no concern to others")
}

// What has become of the money decides whether a pass is good.
func TestPassAfterRefund(t *testing.T) {
	t.Parallel()
	f := start(t, 50, 1)
	for i, c := range []struct {
		name   string
		change func(*event.Payment)
		void   bool
	}{
		{"refunded", func(p *event.Payment) { p.Status = event.PaymentIsRefunded }, true},
		{"to be refunded", func(p *event.Payment) { p.Refund = event.RefundOwed }, true},
		{"on the way", func(p *event.Payment) { p.Refund = event.RefundPending }, true},
		{"not arrived", func(p *event.Payment) { p.Refund = event.RefundFailed }, false},
		{"a part of it", func(p *event.Payment) { p.Refunded = 300 }, false},
		{"a dispute", func(p *event.Payment) { p.Dispute = event.DisputeOpen }, false},
	} {
		ticket := int32(i + 1)
		order := f.paid(ticket)
		code := f.passOf(order).Code
		p := paymentOf(order.ID, ticket, 1000)
		p.Version = 9
		c.change(&p)
		functiontest.Deliver(t, f.Run, "note-refund", event.PaymentRefunded, p)
		f.Announced()
		got := functiontest.Parse[Pass](t, f.check(code), 200)
		if (got.Status == PassIsVoid) != c.void {
			t.Errorf("%s: %+v", c.name, got)
		}
		if c.void {
			functiontest.Refused(t, c.name, f.use(seller, code), 409, "The pass is not valid.")
			f.Refuses(buyer, "GET", path(order.ID)+"/pass", "", 409, "Order has no pass.")
			continue
		}
		functiontest.Parse[Pass](t, f.use(seller, code), 200)
	}
}
