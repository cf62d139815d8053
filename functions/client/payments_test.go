package client

import (
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/config"
)

func TestPayPage(t *testing.T) {
	t.Parallel()
	a := answers{"GET /api/orders/7": anOrder(), "GET /api/orders/8": complete}
	sandbox, real := visitSite(t, a).as(2), visitSite(t, a, stripe).as(2)
	sandbox.get("/orders/7/pay?note=refused").is(200, "The second step was refused.")
	sandbox.get("/orders/8/pay").leadsTo("/orders/7") // it is paid: look at it

	const everywhere = "default-src 'none'" // Stripe may come only to a page that asks for a card
	for _, c := range []struct {
		page   shown
		policy []string
	}{
		{sandbox.get("/orders/7/pay").is(200, "tok_visa", "tok_threeDSecure2Required", "tok_chargeDeclined", "Pay <data", "!stripe.com", "!second step was refused"), []string{everywhere, "!stripe"}},
		{real.get("/orders/7").is(200, "!stripe.com"), []string{everywhere, "!stripe"}},
		{real.get("/orders/7/pay").is(200, `src="https://js.stripe.com/v3/"`, `data-key="pk_test_1"`, `data-cents="4250"`, "!tok_visa", "JavaScript"),
			[]string{everywhere, "script-src 'nonce-", " https://js.stripe.com", "connect-src 'self' https://api.stripe.com", "frame-src https://js.stripe.com"}},
	} {
		c.page.body = c.page.Header.Get("Content-Security-Policy")
		c.page.is(200, c.policy...)
	}
}

func TestPay(t *testing.T) {
	t.Parallel()
	secondStep := reply{202, map[string]string{"clientSecret": "pi_1_secret_2"}, nil}
	for name, c := range map[string]struct {
		answer   any
		settings config.Values
		status   int // 0: leads to the paid order
		says     []string
	}{
		"paid":        {answer: reply{201, map[string]string{}, nil}},
		"paid before": {answer: api.ErrPaid},
		"test card":   {secondStep, noStripe, 200, []string{"One more step", `name="client_secret" value="pi_1_secret_2"`, `action="/orders/7/confirm"`, `value="succeed"`, `value="fail"`}},
		"card":        {secondStep, stripe, 200, []string{"One more step", `data-secret="pi_1_secret_2"`, `data-order="/orders/7"`, `src="https://js.stripe.com/v3/"`, "!/orders/7/confirm"}},
		"declined":    {api.ErrDeclined, noStripe, 400, []string{"The card was declined. Nothing was charged.", "tok_visa"}},
		"no card":     {api.ErrInvalidToken, noStripe, 400, []string{"Choose a card to pay with.", "tok_visa"}},
		"in progress": {api.ErrInProgress, noStripe, 409, []string{"under way", "you will not be charged twice"}},
		"cancelled":   {api.ErrOrderCancelled, noStripe, 409, []string{"This order was cancelled. Nothing was charged."}},
		"expired":     {api.ErrOrderExpired, noStripe, 409, []string{"The time to pay is over. Nothing was charged."}},
		"bus is away": {api.ErrOrderUnknown, noStripe, 503, []string{"cannot take a payment for this order yet", "tok_visa"}},
		"no answer":   {apierror.Unavailable(nil), noStripe, 503, []string{"We do not know yet whether you have paid", `href="/orders/7"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := visitSite(t, answers{"GET /api/orders/7": anOrder(), "POST /api/payments": c.answer}, c.settings).as(2)
			s := v.post("/orders/7/pay", "token", "tok_visa")
			if c.status == 0 {
				s.leadsTo("/orders/7?note=paid")
			} else {
				s.is(c.status, c.says...)
			}
			if got := v.services.one(t, "POST /api/payments").body; got != `{"orderId":7,"token":"tok_visa"}` {
				t.Error(got)
			}
		})
	}
}

// TestOrdersOfOthers: they are refused by orders, and then payments and the sandbox are not asked.
func TestOrdersOfOthers(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"GET /api/orders/7": api.ErrNotYoursToView, "GET /api/orders/8": api.ErrNoSuchOrder}).as(3)
	for _, s := range []shown{
		v.get("/orders/7"), v.get("/orders/7/pay"), v.post("/orders/7/pay", "token", "tok_visa"),
		v.post("/orders/7/confirm", "client_secret", "pi_1_secret_2", "outcome", "succeed"),
	} {
		s.is(403, "This is somebody else&#39;s order", `href="/orders"`)
	}
	v.get("/orders/8").is(404, "There is nothing here")
	if len(v.services.got) != 5 {
		t.Errorf("asked %d times", len(v.services.got))
	}
}

func TestConfirmPayment(t *testing.T) {
	t.Parallel()
	const authenticate = "POST /sandbox/payment_intents/pi_1/authenticate"
	a := answers{"GET /api/orders/7": anOrder(), authenticate: turns{reply{}, reply{}, apierror.New(400, "You cannot authenticate this PaymentIntent."), apierror.Unavailable(nil)}}
	v := visitSite(t, a).as(2)
	confirm := func(secret, outcome string) shown {
		return v.post("/orders/7/confirm", "client_secret", secret, "outcome", outcome)
	}
	for _, secret := range []string{"", "pi_1", "pi_../../x_secret_1", "pi_1/authenticate?_secret_2", "pi_1_secret_"} {
		confirm(secret, "succeed").is(409, "That payment is over.")
	}
	confirm("pi_1_secret_2", "succeed").leadsTo("/orders/7?note=paid")
	confirm("pi_1_secret_2", "fail").leadsTo("/orders/7/pay?note=refused")
	confirm("pi_1_secret_2", "succeed").is(409, "That payment is over.")
	confirm("pi_1_secret_2", "succeed").is(503, "Something on our side is away")
	got := v.services.all(authenticate)
	if got[0].body != "client_secret=pi_1_secret_2&outcome=succeed" || got[1].body != "client_secret=pi_1_secret_2&outcome=fail" {
		t.Error(got[0].body, got[1].body)
	}
	if got[0].Header.Get("Cookie") != "" {
		t.Error("the sandbox got the session")
	}
	visitSite(t, a, stripe).as(2).post("/orders/7/confirm", "client_secret", "pi_1_secret_2", "outcome", "succeed").is(404)
}

func TestSandboxOfItsOwn(t *testing.T) {
	t.Parallel()
	sandbox, origin := startServices(t, answers{"POST /sandbox/payment_intents/pi_1/authenticate": reply{}})
	v := visitSite(t, answers{"GET /api/orders/7": anOrder()}, config.Values{"STRIPE_API_URL": strings.TrimRight(origin, "/")}).as(2)
	v.post("/orders/7/confirm", "client_secret", "pi_1_secret_2", "outcome", "succeed").leadsTo("/orders/7?note=paid")
	sandbox.one(t, "POST /sandbox/payment_intents/pi_1/authenticate")
}
