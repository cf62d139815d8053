package client

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/gittix/ticketing/shared/config"
)

func step(secret, outcome string) url.Values {
	return url.Values{"client_secret": {secret}, "outcome": {outcome}}
}

func TestConfirmPayment(t *testing.T) {
	t.Parallel()
	const authenticate = "POST /sandbox/payment_intents/pi_1/authenticate"
	v := visitSite(t, answers{
		"GET /api/orders/7": ok(complete),
		authenticate:        append(ok(map[string]string{}), append(ok(map[string]string{}), refuse(400, "You cannot authenticate this PaymentIntent.", "")...)...),
	}).as(2)
	v.post("/orders/7/confirm", step("pi_1_secret_2", "succeed")).leadsTo("/orders/7?note=paid")
	v.post("/orders/7/confirm", step("pi_1_secret_2", "fail")).leadsTo("/orders/7/pay?note=refused")
	v.post("/orders/7/confirm", step("pi_1_secret_2", "succeed")).is(http.StatusConflict, "That payment is over.", "Receipt")
	got := v.services.all(authenticate)
	if got[0].body != "client_secret=pi_1_secret_2&outcome=succeed" || got[1].body != "client_secret=pi_1_secret_2&outcome=fail" {
		t.Error(got[0].body, got[1].body)
	}
	if got[0].Header.Get("Cookie") != "" {
		t.Error("the sandbox got the session")
	}
}

func TestConfirmPaymentRefused(t *testing.T) {
	t.Parallel()
	a := answers{"GET /api/orders/7": ok(anOrder())}
	v := visitSite(t, a).as(2)
	for _, secret := range []string{"", "pi_1", "pi_../../x_secret_1", "pi_1/authenticate?_secret_2", "pi_1_secret_"} {
		v.post("/orders/7/confirm", step(secret, "succeed")).is(http.StatusConflict, "That payment is over.")
	}
	v.post("/orders/7/confirm", step("pi_1_secret_2", "succeed")).is(http.StatusServiceUnavailable, "Something on our side is away")
	visitSite(t, a, config.Values{"STRIPE_PUBLISHABLE_KEY": "pk_test_1"}).as(2).
		post("/orders/7/confirm", step("pi_1_secret_2", "succeed")).is(http.StatusNotFound)
}
