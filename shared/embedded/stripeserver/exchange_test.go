package stripeserver

import (
	"context"
	"testing"
)

func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	c := open(t, Config{})
	create := func(form string) response { return c.call("POST", "/v1/payment_intents", "one", form) }
	c.want(create("amount=1"), 400, "amount_too_small") // uses no key up
	first, again := create(intentForm("pm_card_visa")), create(intentForm("pm_card_visa"))
	if again.raw != first.raw || again.header.Get("Idempotent-Replayed") != "true" ||
		again.header.Get("Original-Request") != first.header.Get("Request-Id") || first.header.Get("Idempotent-Replayed") != "" {
		t.Errorf("replayed %s %v, first %s", again.raw, again.header, first.raw)
	}
	for _, r := range []response{create(intentForm("pm_card_amex")), c.call("POST", "/v1/refunds", "one", intentForm("pm_card_visa"))} {
		if r.status != 400 || r.Error.Type != "idempotency_error" {
			t.Errorf("another's key: %d %s", r.status, r.raw)
		}
	}
	for method, status := range map[string]int{"pm_card_visa": 200, "pm_card_chargeDeclined": 402, "pm_sandbox_error": 500} {
		id := c.intent(method).ID
		one, two := c.confirm(id, method), c.confirm(id, method)
		if one.status != status || two.status != status || one.raw != two.raw || two.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("%s: %d %s, then %d %s", method, one.status, one.raw, two.status, two.raw)
		}
	}
	c.stands(first.ID, requiresConfirmation, 1)
}

func TestWhileAConfirmIsUnderWay(t *testing.T) {
	t.Parallel()
	arrived, release := make(chan bool), make(chan bool)
	c := open(t, Config{Slow: func(context.Context) { arrived <- true; <-release }})
	id := c.intent("pm_sandbox_slow").ID
	first := make(chan response, 1)
	go func() { first <- c.confirm(id, "first") }()
	<-arrived
	c.want(c.confirm(id, "first"), 409, "idempotency_key_in_use")
	c.want(c.call("POST", "/v1/payment_intents/"+id+"/confirm", "first", ""), 400, "") // another request
	c.want(c.confirm(id, "second"), 429, "lock_timeout")
	c.want(c.call("POST", "/v1/payment_intents/"+id+"/cancel", "", ""), 429, "lock_timeout")
	c.stands(id, requiresConfirmation, 0)
	close(release)
	c.want(<-first, 200, succeeded)
	c.want(c.confirm(id, "second"), 400, unexpected) // the lock has not used the key up
	c.stands(id, succeeded, 1)
}

func TestCloseEndsWhatWaits(t *testing.T) {
	t.Parallel()
	arrived := make(chan bool)
	c := open(t, Config{Slow: func(ctx context.Context) { arrived <- true; <-ctx.Done() }})
	id := c.intent("pm_sandbox_slow").ID
	first := make(chan response, 1)
	go func() { first <- c.confirm(id, "") }()
	<-arrived
	c.close()
	c.want(<-first, 503, "")
	c.want(c.confirm(id, ""), 503, "")
	if charges := c.Ledger().Charges; len(charges) != 0 {
		t.Errorf("charged %+v", charges)
	}
}
