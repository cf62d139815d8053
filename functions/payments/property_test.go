package payments

import (
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// shop is a system, and what has been done about one order of it.
type shop struct {
	system
	order event.Order

	mu    sync.Mutex
	asked []string // client secrets of second steps
}

// What is named twice is twice as likely.
var (
	cards = []string{
		"tok_visa", "pm_card_visa", "tok_threeDSecure2Required", "pm_card_threeDSecure2Required", "tok_authenticationRequired",
		"tok_chargeDeclined", "tok_unheardOf", "pm_sandbox_error",
	}
	happenings = []string{
		"pay", "pay", "pay", "second step", "second step", "second step", "webhook", "webhook", "reconcile", "reconcile",
		"rejection", "order moves", "time passes",
	}
)

// actions are what may happen, one by one or several at once. Each draws what it needs, and returns what to do.
func (s *shop) actions() map[string]func(*rapid.T) func() {
	payment := func(r *rapid.T) (p Payment) {
		if all := s.payments(s.order.ID); len(all) > 0 {
			p = rapid.SampledFrom(all).Draw(r, "payment")
		}
		return p
	}
	return map[string]func(*rapid.T) func(){
		"pay": func(r *rapid.T) func() {
			card := rapid.SampledFrom(cards).Draw(r, "card")
			return func() { s.attempt(card) }
		},
		"second step": func(r *rapid.T) func() {
			outcome := rapid.SampledFrom([]string{"succeed", "succeed", "fail"}).Draw(r, "outcome")
			if len(s.asked) == 0 {
				return func() {}
			}
			secret := rapid.SampledFrom(s.asked).Draw(r, "secret")
			return func() { s.authenticate(secret, outcome) }
		},
		"webhook": func(r *rapid.T) func() {
			intent := payment(r).IntentID
			return func() { s.tell(intent) }
		},
		"rejection": func(r *rapid.T) func() {
			p := payment(r)
			if p.Status != event.PaymentSucceeded && p.Status != event.PaymentIsRefunded {
				return func() {}
			}
			return func() { s.mayFail(s.reject(s.order.ID, p.ID)) }
		},
		"order moves": func(r *rapid.T) func() {
			s.order.Version++
			s.order.Status = rapid.SampledFrom([]event.OrderStatus{event.OrderIsCreated, event.OrderIsCreated, event.OrderIsCancelled, event.OrderIsComplete}).Draw(r, "status")
			o := s.order
			return func() { s.mayFail(s.Deliver("copy-order", functiontest.Event(s.t, event.OrderUpdated, o))) }
		},
		"reconcile": func(*rapid.T) func() {
			return func() { s.mayFail(s.Tick("reconcile-payments")) }
		},
		"time passes": func(r *rapid.T) func() {
			d := time.Duration(rapid.IntRange(1, 40).Draw(r, "minutes")) * time.Minute
			return func() { s.pass(d) }
		},
	}
}

// attempt pays, in spite of all that may go wrong.
func (s *shop) attempt(card string) {
	a := s.pay(s.order.ID, card)
	switch a.Status {
	case 202:
		s.mu.Lock()
		defer s.mu.Unlock()
		s.asked = append(s.asked, functiontest.Parse[CreatePaymentReply](s.t, a, 202).ClientSecret)
	case 201, 400, 409, 503:
	default:
		s.t.Errorf("%s: %d %s", card, a.Status, a.Body)
	}
}

// mayFail accepts an error that means "again later".
func (s *shop) mayFail(err error) {
	if function.IsReject(err) {
		s.t.Error(err)
	}
}

// Whatever happens, in whatever order and at once: money is taken once, and what is kept is what the books say.
func TestMoneyIsTakenOnce(t *testing.T) {
	t.Parallel()
	s := &shop{system: start(t)}
	rapid.Check(t, func(r *rapid.T) {
		s.order, s.asked = order(s.order.ID+1), nil
		s.Announced()               // what a failed check has left
		s.ahead.Store(int64(stale)) // the reconciler looks after everything at once, also after what is under way
		s.hear(s.order)
		actions := s.actions()
		for range rapid.IntRange(4, 12).Draw(r, "steps") {
			fault := rapid.SampledFrom([]string{"", "", "", "cut", "deaf"}).Draw(r, "fault")
			s.stripe.cut.Store(fault == "cut")
			s.stripe.deaf.Store(fault == "deaf")
			var acts []func()
			for _, name := range rapid.SliceOfN(rapid.SampledFrom(happenings), 1, 3).Draw(r, "at once") {
				acts = append(acts, actions[name](r))
			}
			var atOnce sync.WaitGroup
			for _, act := range acts {
				atOnce.Go(act)
			}
			atOnce.Wait()
			s.check(r)
		}
		s.stripe.cut.Store(false)
		s.stripe.deaf.Store(false)
		s.pass(time.Hour + time.Minute) // no second step is waited for any more
		s.reconcile()
		s.check(r)
		s.checkEnd(r)
	})
}

// check is what holds at any time.
func (s *shop) check(r *rapid.T) {
	var charges []string
	kept, ledger := int64(0), s.stripe.sandbox.Ledger()
	for _, c := range ledger.ChargesOf(s.order.ID) {
		charges = append(charges, c.ID)
		kept += c.AmountCents
		for _, back := range ledger.Refunds {
			if back.ChargeID == c.ID {
				kept -= back.AmountCents
			}
		}
		if c.AmountCents != int64(price) {
			r.Fatalf("charged %d cents", c.AmountCents)
		}
	}
	if kept != 0 && kept != int64(price) {
		r.Fatalf("%d cents are kept", kept)
	}
	for _, p := range s.payments(s.order.ID) {
		moved := p.Status == event.PaymentSucceeded || p.Status == event.PaymentIsRefunded
		if moved != (p.StripeCharge.ID != "") || moved && !slices.Contains(charges, p.StripeCharge.ID) {
			r.Fatalf("%+v, charges %v", p, charges)
		}
	}
}

// checkEnd is what holds when everything has settled.
func (s *shop) checkEnd(r *rapid.T) {
	succeeded, refunded, expected := int64(0), 0, []string(nil)
	for _, p := range s.payments(s.order.ID) {
		switch p.Status {
		case event.PaymentPending:
			r.Fatalf("%+v is still pending", p)
		case event.PaymentSucceeded:
			succeeded += p.StripeCharge.Amount
		case event.PaymentIsRefunded:
			refunded++
			expected = append(expected, "payments.refunded "+p.Subject())
		}
		if p.StripeCharge.ID != "" {
			expected = append(expected, "payments.created "+p.Subject())
		}
	}
	ledger := s.stripe.sandbox.Ledger()
	if kept := ledger.Kept()[s.order.ID]; kept != succeeded {
		r.Fatalf("%d cents are kept, payments of %d cents have succeeded", kept, succeeded)
	}
	if n := len(ledger.ChargesOf(s.order.ID)); n*int(price)-refunded*int(price) != int(succeeded) {
		r.Fatalf("%d charges, %d refunds, %d cents", n, refunded, succeeded)
	}
	var news []string
	for _, e := range s.Announced() {
		news = append(news, e.Type()+" "+e.Subject())
	}
	slices.Sort(news)
	slices.Sort(expected)
	if !slices.Equal(news, expected) {
		r.Fatalf("announced %q, want %q", news, expected)
	}
}
