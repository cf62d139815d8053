package payments

import (
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gittix/ticketing/shared/embedded/stripeserver"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// history is a fixture, and what has been done about one order of it.
type history struct {
	fixture
	order event.Order

	mu      sync.Mutex
	secrets []string // of second steps
}

// A step that is named twice is twice as likely.
var (
	cards = []string{"tok_visa", "pm_card_visa", "tok_threeDSecure2Required", "pm_card_threeDSecure2Required", "tok_chargeDeclined", "tok_unheardOf", "pm_sandbox_error",
		"tok_pendingRefund", "tok_pendingRefund", "tok_createDispute"}
	steps = []string{"pay", "pay", "pay", "second step", "second step", "second step", "webhook", "webhook", "reconcile", "reconcile",
		"rejection", "order moves", "time passes", "refund elsewhere", "dispute", "bank", "bank", "news of refunds"}
)

// step draws what a step needs, and returns what to do.
func (h *history) step(r *rapid.T, name string) func() {
	var payment Payment
	if all := h.payments(h.order.ID); len(all) > 0 {
		payment = rapid.SampledFrom(all).Draw(r, "payment")
	}
	switch name {
	case "pay":
		card := rapid.SampledFrom(cards).Draw(r, "card")
		return func() { h.attempt(card) }
	case "second step":
		if len(h.secrets) > 0 {
			secret, outcome := rapid.SampledFrom(h.secrets).Draw(r, "secret"), rapid.SampledFrom([]string{"succeed", "succeed", "fail"}).Draw(r, "outcome")
			return func() { h.authenticate(secret, outcome) }
		}
	case "webhook":
		payload := about(payment.IntentID)
		return func() { h.send(payload, signature(payload, webhookSecret, time.Now())) }
	case "reconcile":
		return func() { h.mayFail(h.Tick("reconcile-payments")) }
	case "rejection":
		if payment.Status == event.PaymentSucceeded || payment.Status == event.PaymentIsRefunded {
			return func() { h.mayFail(h.reject(h.order.ID, payment.ID)) }
		}
	case "refund elsewhere":
		cents := rapid.Int64Range(0, int64(price)).Draw(r, "cents")
		return func() { h.refundElsewhere(payment, cents) } // which may be too much
	case "dispute":
		return func() { h.disputed(payment) }
	case "bank":
		refund, dispute := rapid.SampledFrom([]string{"succeed", "fail"}).Draw(r, "refund"), rapid.SampledFrom([]string{"win", "lose"}).Draw(r, "dispute")
		return func() { h.settled(payment, refund); h.closed(payment, dispute) }
	case "news of refunds":
		return func() { h.tellOfRefunds(payment) }
	case "order moves":
		h.order.Version++
		h.order.Status = rapid.SampledFrom([]event.OrderStatus{event.OrderIsCreated, event.OrderIsCreated, event.OrderIsCancelled, event.OrderIsComplete}).Draw(r, "status")
		moved := functiontest.Event(h.t, event.OrderUpdated, h.order)
		return func() { h.mayFail(h.Deliver("copy-order", moved)) }
	case "time passes":
		d := time.Duration(rapid.IntRange(1, 40).Draw(r, "minutes")) * time.Minute
		return func() { h.pass(d) }
	}
	return func() {}
}

// attempt pays, with any result.
func (h *history) attempt(card string) {
	switch a := h.pay(h.order.ID, card); a.Status {
	case 202:
		h.mu.Lock()
		defer h.mu.Unlock()
		h.secrets = append(h.secrets, functiontest.Parse[CreatePaymentReply](h.t, a, 202).ClientSecret)
	case 201, 400, 409, 503:
	default:
		h.t.Errorf("%s: %d %s", card, a.Status, a.Body)
	}
}

// mayFail accepts an error that means "again later".
func (h *history) mayFail(err error) {
	if function.IsReject(err) {
		h.t.Error(err)
	}
}

// Any steps, in any order and at once: money is taken once, and what is kept is what the payments say.
func TestMoneyIsTakenOnce(t *testing.T) {
	t.Parallel()
	h := &history{fixture: start(t, nil)}
	h.stale = 0 // the reconciler looks after everything at once, also after what is under way
	rapid.Check(t, func(r *rapid.T) {
		h.order, h.secrets = order(h.order.ID+1), nil
		h.Announced() // what a failed check has left
		h.ahead.Store(0)
		h.copy(h.order)
		for range rapid.IntRange(4, 12).Draw(r, "rounds") {
			fault := rapid.SampledFrom([]string{"", "", "", "away", "mute", "key", "balance"}).Draw(r, "fault")
			h.stripe.away.Store(fault == "away")
			h.stripe.mute.Store(fault == "mute")
			h.stripe.sandbox.Fail(map[string]stripeserver.Fault{
				"key": {Status: 401}, "balance": {Call: "/refunds", Method: "POST", Status: 400, Code: "balance_insufficient"},
			}[fault])
			var acts []func()
			for _, name := range rapid.SliceOfN(rapid.SampledFrom(steps), 1, 3).Draw(r, "at once") {
				acts = append(acts, h.step(r, name))
			}
			var atOnce sync.WaitGroup
			for _, act := range acts {
				atOnce.Go(act)
			}
			atOnce.Wait()
			h.check(r)
		}
		h.end(r)
	})
}

// end lets everything come to its end: Stripe answers, banks decide, and no second step is waited for anymore. Payments
// then say what the ledger says, and what is owed went back.
func (h *history) end(r *rapid.T) {
	h.stripe.away.Store(false)
	h.stripe.mute.Store(false)
	h.stripe.sandbox.Fail(stripeserver.Fault{})
	for range 3 { // a dispute ends, then a refund is made, then it arrives
		h.pass(24 * time.Hour)
		h.reconcile()
		for _, p := range h.payments(h.order.ID) {
			h.closed(p, "win")
			for range h.stripe.elsewhere("GET", "/v1/refunds?payment_intent="+p.IntentID, nil).Data {
				h.settled(p, "succeed")
			}
			h.tellOfRefunds(p)
		}
	}
	h.check(r)
	ledger := h.stripe.sandbox.Ledger()
	var kept int64
	versions := map[string]int32{}
	for _, p := range h.payments(h.order.ID) {
		kept += p.StripeCharge.Amount - p.Refunded
		versions[p.Subject()] = p.Version
		if p.Status == event.PaymentPending || p.Refund == event.RefundPending || p.Refund == event.RefundOwed || p.OwedSince != nil && p.Status != event.PaymentIsRefunded {
			r.Fatalf("not at its end: %+v", p)
		}
	}
	if kept != ledger.Kept()[h.order.ID] {
		r.Fatalf("payments %+v, ledger %+v", h.payments(h.order.ID), ledger.ChargesOf(h.order.ID))
	}
	announced := map[string]int32{} // the newest version of each payment, whose versions come one by one
	for _, e := range h.Announced() {
		p, err := event.DataOf[event.Payment](e)
		newest, known := announced[p.Subject()]
		takes := p.Version == 1 && p.Status == event.PaymentSucceeded
		if err != nil || known != (p.Version > 0) || known && p.Version != newest+1 || (e.Type() == string(event.PaymentCreated)) != takes {
			r.Fatalf("%v after version %d, %v", e, newest, err)
		}
		announced[p.Subject()] = p.Version
	}
	if !maps.Equal(announced, versions) {
		r.Fatalf("announced %v, want %v", announced, versions)
	}
}

// check checks what holds at any time: money is taken once, and a charge is of a payment that says so.
func (h *history) check(r *rapid.T) {
	ledger := h.stripe.sandbox.Ledger()
	charges := ledger.ChargesOf(h.order.ID)
	if kept := ledger.Kept()[h.order.ID]; kept < 0 || kept > int64(price) {
		r.Fatalf("%d cents are kept: %+v", kept, charges)
	}
	for _, p := range h.payments(h.order.ID) {
		charged := slices.ContainsFunc(charges, func(c stripeserver.Charge) bool { return c.ID == p.StripeCharge.ID && c.AmountCents == int64(price) })
		moved := p.Status == event.PaymentSucceeded || p.Status == event.PaymentIsRefunded
		if moved != charged || moved != (p.StripeCharge.ID != "") {
			r.Fatalf("%+v, charges %+v", p, charges)
		}
	}
}
