package client

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/timestamp"
)

var stripe = config.Values{"STRIPE_PUBLISHABLE_KEY": "pk_test_1"}

const (
	authenticate = "POST /sandbox/payment_intents/pi_1/authenticate"
	others       = `This is somebody else&#39;s order|href="/orders"`
)

func TestPaying(t *testing.T) {
	t.Parallel()
	open := answers{"GET /api/orders/7": order7, payment: nothingPaid}
	knows := func(money any) answers { return answers{payment: money} }
	pay := func(answer any) answers { return answers{"POST /api/payments": answer} }
	step := func(answer any) answers { return answers{authenticate: answer} }
	order := func(answer any) answers { return answers{"GET /api/orders/7": answer} }
	secondStep := pay(reply{202, map[string]string{"clientSecret": "pi_1_secret_2"}, nil})
	const page, paid, over = "GET /orders/7/pay", "/orders/7", "That payment is over."
	send := "POST /orders/7/pay" + filled("token", "tok_visa")
	confirm := func(secret, outcome string) string {
		return "POST /orders/7/confirm" + filled("client_secret", secret, "outcome", outcome)
	}
	after := func(a answers) answers { // the order's time
		a = maps.Clone(a)
		a["GET /api/orders/7"] = orderThat(func(o *event.Order) { o.ExpiresAt = timestamp.Of(now) })
		return a
	}
	scenes := []scene{
		{"cards", 2, page, nil, 200, "tok_visa|tok_threeDSecure2Required|tok_chargeDeclined|Pay <data|!stripe.com|!second step was refused", ""},
		{"refused, says the address", 2, page + "?note=refused", nil, 200, "tok_visa|!refused|!was charged", ""},
		{"declined before", 2, page, knows(paymentThat(event.PaymentFailed)), 200, "tok_visa|The last attempt to pay did not succeed. Nothing was charged.", ""},
		{"second step before", 2, page, knows(asksForSecond), 200, "tok_visa|you will not be charged twice", ""},
		{"payments is away", 2, page, knows(apierror.Unavailable(nil)), 200, "tok_visa|We cannot look up just now", ""},
		{"under way", 2, page, knows(paymentThat(event.PaymentPending)), 0, "/orders/7", ""},
		{"charged before", 2, page, knows(paymentThat(event.PaymentSucceeded)), 0, "/orders/7", ""},
		{"paid before", 2, page, order(complete), 0, "/orders/7", ""},
		{"paid", 2, send, pay(reply{status: 201}), 0, paid, `POST /api/payments {"orderId":7,"token":"tok_visa"}`},
		{"paid twice", 2, send, pay(api.ErrPaid), 0, paid, ""},
		{"second step", 2, send, secondStep, 200, `One more step|name="client_secret" value="pi_1_secret_2"|action="/orders/7/confirm"|value="succeed"|value="fail"`, ""},
		{"declined", 2, send, pay(api.ErrDeclined), 400, "The card was declined. Nothing was charged.|tok_visa", ""},
		{"declined after its time", 2, send, after(pay(api.ErrDeclined)), 409, "The card was declined. Nothing was charged. The time to pay is over.|!tok_visa|!another card", ""},
		{"second step after its time", 2, send, after(secondStep), 200, "One more step|!data-until", ""},
		{"second step's time", 2, send, secondStep, 200, `data-live="/orders/7/pay/state?step=2"|data-leave="/orders/7"|data-until="2026-11-22T15:10:00.000Z"`, ""},
		{"not confirmed after its time", 2, confirm("pi_1_secret_2", "fail"), after(step(reply{})), 409, "You refused the second step. Nothing was charged. The time to pay is over.|!tok_visa|!try again", ""},
		{"declined too often", 2, send, pay(api.ErrTooManyTries.After(90 * time.Second)), 429, "Too many attempts to pay have failed. Please try again in 2 minutes.|tok_visa", ""},
		{"too little", 2, send, pay(api.ErrNotChargeable), 422, "This amount cannot be charged to a card. Nothing was charged.|tok_visa", ""},
		{"refused", 2, send, pay(api.ErrPaymentRefused), 422, "The payment was refused, and not because of your card. Nothing was charged|!by itself", ""},
		{"no card", 2, "POST /orders/7/pay", pay(reply{}), 400, "Choose a card to pay with.|tok_visa", ""},
		{"in progress", 2, send, pay(api.ErrInProgress), 409, "under way|you will not be charged twice", ""},
		{"cancelled", 2, send, pay(api.ErrOrderCancelled), 409, "This order was cancelled. It can no longer be paid.|!Nothing was charged", ""},
		{"expired", 2, send, pay(api.ErrOrderExpired), 409, "The time to pay is over.|!Nothing was charged", ""},
		{"bus is away", 2, send, pay(api.ErrOrderUnknown), 503, "cannot take a payment for this order yet|tok_visa", ""},
		{"no answer", 2, send, pay(apierror.Unavailable(nil)), 503, `We do not know yet whether you have paid|href="/orders/7"`, ""},
		{"confirmed", 2, confirm("pi_1_secret_2", "succeed"), step(reply{}), 0, paid, "GET /api/payments/orders/7"},
		{"not confirmed", 2, confirm("pi_1_secret_2", "fail"), step(reply{}), 200, "You refused the second step. Nothing was charged.|tok_visa", authenticate + " client_secret=pi_1_secret_2&outcome=fail"},
		{"confirmed twice", 2, confirm("pi_1_secret_2", "succeed"), step(apierror.New(400, "You cannot authenticate this PaymentIntent.")), 409, over, ""},
		{"sandbox is away", 2, confirm("pi_1_secret_2", "succeed"), step(apierror.Unavailable(nil)), 503, "Something on our side is away", ""},
		// Orders refuses other people, and then payments and the sandbox are not asked.
		{"page of another's", 3, page, order(api.ErrNotYoursToView), 403, others, ""},
		{"for another", 3, send, order(api.ErrNotYoursToView), 403, others, "GET /api/orders/7"},
		{"confirmed by another", 3, confirm("pi_1_secret_2", "succeed"), order(api.ErrNotYoursToView), 403, others, "GET /api/orders/7"},
		{"order of another", 3, "GET /orders/7", order(api.ErrNotYoursToView), 403, others, ""},
		{"no such order", 3, "GET /orders/7", order(api.ErrNoSuchOrder), 404, "There is nothing here", ""},
	}
	for _, secret := range []string{"", "pi_1", "pi_../../x_secret_1", "pi_1/authenticate?_secret_2", "pi_1_secret_"} {
		scenes = append(scenes, scene{"secret " + secret, 2, confirm(secret, "succeed"), nil, 409, over, "GET /api/payments/orders/7"})
	}
	play(t, nil, open, scenes)
	play(t, stripe, open, []scene{
		{"Stripe's card", 2, page, nil, 200, `data-key="pk_test_1"|data-cents="4250"|!tok_visa|JavaScript`, ""},
		{"Stripe's second step", 2, send, secondStep, 200, `One more step|data-secret="pi_1_secret_2"|data-order="/orders/7"|!/orders/7/confirm`, ""},
		{"not the sandbox's", 2, confirm("pi_1_secret_2", "succeed"), step(reply{}), 404, "There is nothing here", ""},
	})
}

// TestSandboxElsewhere also checks that it is not sent the session.
func TestSandboxElsewhere(t *testing.T) {
	t.Parallel()
	sandbox, origin := startServices(t, answers{authenticate: reply{}})
	v := visitSite(t, answers{"GET /api/orders/7": order7}, config.Values{"STRIPE_API_URL": origin + "/"}).as(2)
	v.ask("POST /orders/7/confirm"+filled("client_secret", "pi_1_secret_2", "outcome", "succeed"), nil).leadsTo("/orders/7")
	if len(sandbox.got) != 1 || sandbox.got[0].Header.Get("Cookie") != "" {
		t.Error(sandbox.got)
	}
}

// TestStripeStaysOut of every page but those that ask for its card.
func TestStripeStaysOut(t *testing.T) {
	t.Parallel()
	policy := func(settings config.Values, page string) string {
		return visitSite(t, answers{"GET /api/orders/7": order7}, settings).as(2).ask(page, nil).Header.Get("Content-Security-Policy")
	}
	for _, want := range []string{"default-src 'none'", "script-src 'nonce-", " https://js.stripe.com", "connect-src 'self' https://api.stripe.com", "frame-src https://js.stripe.com"} {
		if got := policy(stripe, "GET /orders/7/pay"); !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	for _, got := range []string{policy(nil, "GET /orders/7/pay"), policy(stripe, "GET /orders/7")} {
		if strings.Contains(got, "stripe") {
			t.Error(got)
		}
	}
}
