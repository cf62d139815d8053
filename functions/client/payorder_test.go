package client

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
)

func token(t string) url.Values { return url.Values{"token": {t}} }

var complete = orderThat(func(o *event.Order) { o.Status = event.OrderIsComplete })

func TestPayPage(t *testing.T) {
	t.Parallel()
	a := answers{"GET /api/orders/7": ok(anOrder()), "GET /api/orders/8": ok(complete)}
	sandbox := visitSite(t, a).as(2)
	s := sandbox.get("/orders/7/pay").is(http.StatusOK, "tok_visa", "tok_threeDSecure2Required", "tok_chargeDeclined", "Pay <data", "!stripe.com")
	if strings.Contains(s.Header.Get("Content-Security-Policy"), "stripe") {
		t.Error(s.Header)
	}
	sandbox.get("/orders/7/pay?note=refused").is(http.StatusOK, "The second step was refused.")
	sandbox.get("/orders/8/pay").leadsTo("/orders/7") // it is paid: look at it

	real := visitSite(t, a, config.Values{"STRIPE_PUBLISHABLE_KEY": "pk_test_1"}).as(2)
	s = real.get("/orders/7/pay").is(http.StatusOK, `src="https://js.stripe.com/v3/"`, `data-key="pk_test_1"`, `data-cents="4250"`, "!tok_visa", "JavaScript")
	for _, want := range []string{"script-src 'nonce-", " https://js.stripe.com", "connect-src 'self' https://api.stripe.com", "frame-src https://js.stripe.com"} {
		if csp := s.Header.Get("Content-Security-Policy"); !strings.Contains(csp, want) {
			t.Errorf("no %s in %s", want, csp)
		}
	}
	s = real.get("/orders/7").is(http.StatusOK, "!stripe.com")
	if strings.Contains(s.Header.Get("Content-Security-Policy"), "stripe") {
		t.Error("Stripe may come to a page without a card")
	}
}

func TestPay(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{
		"GET /api/orders/7":  ok(anOrder()),
		"POST /api/payments": {{status: http.StatusCreated, body: map[string]any{"message": "Payment created."}}},
	}).as(2)
	v.post("/orders/7/pay", token("tok_visa")).leadsTo("/orders/7?note=paid")
	if got := v.services.all("POST /api/payments"); len(got) != 1 || got[0].body != `{"orderId":7,"token":"tok_visa"}` {
		t.Error(got)
	}
}

func TestPaySecondStep(t *testing.T) {
	t.Parallel()
	a := answers{"GET /api/orders/7": ok(anOrder()), "POST /api/payments": {{status: http.StatusAccepted, body: map[string]any{"message": "Payment needs action.", "clientSecret": "pi_1_secret_2"}}}}
	visitSite(t, a).as(2).post("/orders/7/pay", token("tok_threeDSecure2Required")).is(http.StatusOK,
		"One more step", `name="client_secret" value="pi_1_secret_2"`, `action="/orders/7/confirm"`, `value="succeed"`, `value="fail"`)
	visitSite(t, a, config.Values{"STRIPE_PUBLISHABLE_KEY": "pk_test_1"}).as(2).post("/orders/7/pay", token("pm_1")).is(http.StatusOK,
		"One more step", `data-secret="pi_1_secret_2"`, `data-order="/orders/7"`, `src="https://js.stripe.com/v3/"`, "!/orders/7/confirm")
}

func TestPayRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer []reply
		status int
		says   []string
	}{
		"declined":    {refuse(400, "Stripe charge failed.", "stripe_charge_failed"), 400, []string{"The card was declined. Nothing was charged.", "tok_visa"}},
		"no card":     {refuse(400, "Invalid token.", "invalid_token"), 400, []string{"Choose a card to pay with.", "tok_visa"}},
		"in progress": {refuse(409, "Payment in progress.", "payment_in_progress"), 409, []string{"under way", "you will not be charged twice"}},
		"cancelled":   {refuse(400, "Order is cancelled.", "order_is_cancelled"), 409, []string{"This order was cancelled. Nothing was charged."}},
		"expired":     {refuse(400, "Order is expired.", "order_is_expired"), 409, []string{"The time to pay is over. Nothing was charged."}},
		"bus is away": {refuse(400, "Order not found.", "order_not_found"), 503, []string{"cannot take a payment for this order yet", "tok_visa"}},
		"no answer":   {refuse(503, "Service unavailable.", "service_unavailable"), 503, []string{"We do not know yet whether you have paid", `href="/orders/7"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := visitSite(t, answers{"GET /api/orders/7": ok(anOrder()), "POST /api/payments": c.answer}).as(2)
			v.post("/orders/7/pay", token("tok_visa")).is(c.status, c.says...)
		})
	}
}

func TestPayTwice(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"GET /api/orders/7": ok(complete), "POST /api/payments": refuse(409, "Order is already paid.", "order_is_already_paid")}).as(2)
	v.post("/orders/7/pay", token("tok_visa")).leadsTo("/orders/7?note=paid")
}

// TestPayForAnother: payments' answer would be that of a missing session, so it is not asked.
func TestPayForAnother(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"GET /api/orders/7": refuse(401, "You are not authorized to view this order.", "you_are_not_authorized_to_view_this_order")}).as(3)
	v.post("/orders/7/pay", token("tok_visa")).is(http.StatusForbidden, "This is somebody else&#39;s order")
}
