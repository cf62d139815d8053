package stripeserver

import (
	"context"
	"strings"
	"testing"
	"time"
)

const unexpected = "payment_intent_unexpected_state"

func TestCards(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		method            string
		status            int
		code, declineCode string // code: the state of the intent, or the error's code
		after             string
		charges           int
	}{
		{"tok_visa", 200, succeeded, "", succeeded, 1},
		{"pm_card_visa", 200, succeeded, "", succeeded, 1},
		{"tok_mastercard", 200, succeeded, "", succeeded, 1},
		{"tok_chargeDeclined", 402, "card_declined", "generic_decline", requiresPaymentMethod, 0},
		{"pm_card_chargeDeclinedInsufficientFunds", 402, "card_declined", "insufficient_funds", requiresPaymentMethod, 0},
		{"tok_chargeDeclinedExpiredCard", 402, "expired_card", "expired_card", requiresPaymentMethod, 0},
		{"tok_threeDSecure2Required", 200, requiresAction, "", requiresAction, 0},
		{"pm_card_authenticationRequired", 200, requiresAction, "", requiresAction, 0},
		{"pm_sandbox_slow", 200, succeeded, "", succeeded, 1},
		{"pm_sandbox_timeout", 504, "", "", succeeded, 1},
		{"pm_sandbox_error", 500, "", "", requiresConfirmation, 0},
	} {
		t.Run(test.method, func(t *testing.T) {
			t.Parallel()
			c := open(t, Config{Slow: func(context.Context) {}, SilentFor: time.Millisecond})
			method := test.method
			if strings.HasPrefix(method, "tok_") {
				method = c.call("POST", "/v1/payment_methods", "", "type=card&card[token]="+method).ID
			}
			id := c.intent(method).ID
			c.stands(id, requiresConfirmation, 0)
			r := c.confirm(id, "")
			c.want(r, test.status, test.code)
			if r.Error.DeclineCode != test.declineCode || test.status == 402 && r.Error.PaymentIntent.Status != test.after {
				t.Errorf("declined with %s", r.raw)
			}
			c.stands(id, test.after, test.charges)
		})
	}
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		outcome, wrong string
		status         int
		after          string
		charges        int
	}{
		{"succeed", "", 200, succeeded, 1},
		{"fail", "", 200, requiresPaymentMethod, 0},
		{"perhaps", "", 400, requiresAction, 0},
		{"succeed", "wrong", 404, requiresAction, 0},
	} {
		c := open(t, Config{})
		pi := c.intent("pm_card_threeDSecure2Required")
		c.want(c.authenticate(pi.ID, pi.ClientSecret, "succeed"), 400, unexpected) // too early
		for range 2 {
			c.want(c.confirm(pi.ID, ""), 200, requiresAction) // a second confirm changes nothing
		}
		first, again := c.authenticate(pi.ID, pi.ClientSecret+test.wrong, test.outcome), c.authenticate(pi.ID, pi.ClientSecret+test.wrong, test.outcome)
		if first.status != test.status || again.status == 200 {
			t.Errorf("%+v: %d %s, then %d %s", test, first.status, first.raw, again.status, again.raw)
		}
		c.stands(pi.ID, test.after, test.charges)
	}
}

func TestStates(t *testing.T) {
	t.Parallel()
	c := open(t, Config{})
	cancel := func(id string) response { return c.call("POST", "/v1/payment_intents/"+id+"/cancel", "", "") }
	refund := func(id string) response { return c.call("POST", "/v1/refunds", "", "payment_intent="+id) }
	paid, void := c.intent("pm_card_visa").ID, c.intent("pm_card_visa").ID
	for _, step := range []struct {
		got    response
		status int
		code   string
	}{
		{c.confirm(paid, ""), 200, succeeded},
		{c.confirm(paid, ""), 400, unexpected},
		{cancel(paid), 400, unexpected},
		{refund(void), 400, ""},
		{cancel(void), 200, canceled},
		{cancel(void), 400, unexpected},
		{c.confirm(void, ""), 400, unexpected},
		{refund(paid), 200, succeeded},
		{refund(paid), 400, "charge_already_refunded"},
	} {
		c.want(step.got, step.status, step.code)
	}
	ledger := c.Ledger()
	if kept, ok := ledger.Kept()[3]; !ok || kept != 0 || len(ledger.Refunds) != 1 || len(ledger.Charges) != 1 || ledger.Charges[0].PaymentID != 7 {
		t.Errorf("%+v", ledger)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	c := open(t, Config{})
	for _, test := range []struct {
		call, form  string
		status      int
		code, param string
	}{
		{"POST /v1/payment_methods", "type=card&card[token]=tok_no", 400, "resource_missing", "card[token]"},
		{"POST /v1/payment_methods", "type=card&card[number]=4242424242424242", 400, "parameter_unknown", "card[number]"},
		{"POST /v1/payment_intents", intentForm("pm_no"), 400, "resource_missing", "payment_method"},
		{"POST /v1/payment_intents", intentForm("pm_card_visa") + "&x=1", 400, "parameter_unknown", "x"},
		{"POST /v1/payment_intents", "amount=1.5", 400, "parameter_invalid_integer", "amount"},
		{"POST /v1/payment_intents", "amount=49", 400, "amount_too_small", "amount"},
		{"POST /v1/payment_intents", "amount=100000000", 400, "amount_too_large", "amount"},
		{"POST /v1/payment_intents", "amount=50&currency=eur", 400, "parameter_missing", "currency"},
		{"GET /v1/payment_intents/pi_no", "", 404, "resource_missing", "intent"},
		{"POST /v1/payment_intents/pi_no/confirm", "", 404, "resource_missing", "intent"},
		{"POST /v1/refunds", "payment_intent=pi_no", 400, "resource_missing", "payment_intent"},
		{"DELETE /v1/refunds", "", 404, "", ""},
		{"POST /v1/refunds", strings.Repeat("x", maxBody+1), 400, "", ""},
	} {
		method, path, _ := strings.Cut(test.call, " ")
		r := c.call(method, path, "", test.form)
		c.want(r, test.status, test.code)
		if r.Error.Param != test.param || r.Error.Type != "invalid_request_error" || !strings.HasPrefix(r.header.Get("Request-Id"), "req_") {
			t.Errorf("%s %.40s: %s", test.call, test.form, r.raw)
		}
	}
}
