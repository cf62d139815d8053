package stripeserver_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/embedded/stripeserver"
)

func TestRefusals(t *testing.T) {
	t.Parallel()
	c := open(t, stripeserver.Config{})
	for _, test := range []struct {
		name, method, path, form string
		status                   int
		code, param              string
	}{
		{"unknown token", "POST", "/v1/payment_methods", "type=card&card[token]=tok_no", 400, "resource_missing", "card[token]"},
		{"no token", "POST", "/v1/payment_methods", "type=card", 400, "parameter_missing", "card[token]"},
		{"a card number", "POST", "/v1/payment_methods", "type=card&card[number]=4242424242424242", 400, "parameter_unknown", "card[number]"},
		{"not a card", "POST", "/v1/payment_methods", "type=sepa_debit", 400, "parameter_missing", "type"},
		{"unknown method", "POST", "/v1/payment_intents", intentForm("pm_no"), 400, "resource_missing", "payment_method"},
		{"unknown parameter", "POST", "/v1/payment_intents", intentForm("pm_card_visa") + "&x=1", 400, "parameter_unknown", "x"},
		{"no amount", "POST", "/v1/payment_intents", "currency=usd", 400, "parameter_missing", "amount"},
		{"no number", "POST", "/v1/payment_intents", "amount=1.5", 400, "parameter_invalid_integer", "amount"},
		{"too little", "POST", "/v1/payment_intents", "amount=49", 400, "amount_too_small", "amount"},
		{"too much", "POST", "/v1/payment_intents", "amount=100000000", 400, "amount_too_large", "amount"},
		{"euros", "POST", "/v1/payment_intents", "amount=50&currency=eur", 400, "parameter_missing", "currency"},
		{"any kind of payment", "POST", "/v1/payment_intents", "amount=50&currency=usd", 400, "parameter_missing", "payment_method_types"},
		{"no such intent", "GET", "/v1/payment_intents/pi_no", "", 404, "resource_missing", "intent"},
		{"confirm nothing", "POST", "/v1/payment_intents/pi_no/confirm", "", 404, "resource_missing", "intent"},
		{"cancel nothing", "POST", "/v1/payment_intents/pi_no/cancel", "", 404, "resource_missing", "intent"},
		{"refund nothing", "POST", "/v1/refunds", "payment_intent=pi_no", 400, "resource_missing", "payment_intent"},
		{"no such charge", "GET", "/v1/charges/ch_no", "", 404, "resource_missing", "id"},
		{"no such URL", "GET", "/v1/customers", "", 404, "", ""},
		{"no such method", "DELETE", "/v1/refunds", "", 404, "", ""},
		{"too large", "POST", "/v1/refunds", strings.Repeat("x", 1<<20+1), 400, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a, err := c.do(t.Context(), test.method, test.path, "", test.form)
			if err != nil || a.status != test.status || a.text("error", "code") != test.code || a.text("error", "param") != test.param ||
				a.text("error", "type") != "invalid_request_error" || !strings.HasPrefix(a.header.Get("Request-Id"), "req_") {
				t.Errorf("%d %s %v %v", a.status, a.raw, a.header, err)
			}
		})
	}
}

func TestAuthorization(t *testing.T) {
	t.Parallel()
	c := open(t, stripeserver.Config{})
	for header, want := range map[string]int{
		"":                               http.StatusUnauthorized,
		"Bearer ":                        http.StatusUnauthorized,
		"Bearer sk_live_x":               http.StatusUnauthorized,
		"Bearer pk_test_x":               http.StatusUnauthorized,
		"Bearer sk_test_x":               http.StatusNotFound,
		"Basic c2tfdGVzdF94Og==":         http.StatusNotFound, // sk_test_x:
		"Basic bm9ib2R5OnNrX3Rlc3RfeAo=": http.StatusUnauthorized,
	} {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/charges/ch_1", nil)
		req.Header.Set("Authorization", header)
		w := httptest.NewRecorder()
		c.sandbox.ServeHTTP(w, req)
		if w.Code != want {
			t.Errorf("%q: %d, want %d", header, w.Code, want)
		}
	}
}

func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	c := open(t, stripeserver.Config{})
	first := c.post("/v1/payment_intents", "one", intentForm("pm_card_visa"))
	again := c.post("/v1/payment_intents", "one", intentForm("pm_card_visa"))
	if again.raw != first.raw || again.header.Get("Idempotent-Replayed") != "true" ||
		again.header.Get("Original-Request") != first.header.Get("Request-Id") || first.header.Get("Idempotent-Replayed") != "" {
		t.Errorf("replayed %s %v, first %s", again.raw, again.header, first.raw)
	}
	for path, form := range map[string]string{"/v1/payment_intents": intentForm("pm_card_amex"), "/v1/refunds": intentForm("pm_card_visa")} {
		if a := c.post(path, "one", form); a.status != 400 || a.text("error", "type") != "idempotency_error" {
			t.Errorf("%s with another's key: %d %s", path, a.status, a.raw)
		}
	}
	// A confirm is answered as it was, even when it failed, and even by a 500.
	for method, status := range map[string]int{"pm_card_visa": 200, "pm_card_chargeDeclined": 402, "pm_sandbox_error": 500} {
		id, _ := c.intent(method)
		one, two := c.post("/v1/payment_intents/"+id+"/confirm", method, ""), c.post("/v1/payment_intents/"+id+"/confirm", method, "")
		if one.status != status || two.status != status || one.raw != two.raw || two.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("%s: %d %s, then %d %s", method, one.status, one.raw, two.status, two.raw)
		}
	}
	c.wantCharges(1)
	// What was wrong in itself does not use the key up.
	if a := c.post("/v1/payment_intents", "two", "amount=1"); a.status != 400 {
		t.Errorf("%d %s", a.status, a.raw)
	}
	if a := c.post("/v1/payment_intents", "two", intentForm("pm_card_visa")); a.status != 200 {
		t.Errorf("%d %s", a.status, a.raw)
	}
}

func TestWhileAConfirmIsUnderWay(t *testing.T) {
	t.Parallel()
	c := open(t, stripeserver.Config{})
	id, _ := c.intent("pm_card_visa")
	path := "/v1/payment_intents/" + id
	arrived, release := c.sandbox.Hold(id)
	defer release()
	first := make(chan answer, 1)
	go func() { first <- c.post(path+"/confirm", "first", "") }()
	select {
	case <-arrived:
	case a := <-first:
		t.Fatalf("the confirm did not wait: %s", a.raw)
	}
	for _, test := range []struct {
		path, key, form string
		status          int
		code            string
	}{
		{path + "/confirm", "first", "", 409, "idempotency_key_in_use"},
		{path + "/confirm", "first", "use_stripe_sdk=true", 400, ""},
		{path + "/confirm", "second", "", 429, "lock_timeout"},
		{path + "/cancel", "", "", 429, "lock_timeout"},
	} {
		if a := c.post(test.path, test.key, test.form); a.status != test.status || a.text("error", "code") != test.code {
			t.Errorf("%+v: %d %s", test, a.status, a.raw)
		}
	}
	c.wantStatus(id, "requires_confirmation")
	c.wantCharges(0)
	release()
	if a := <-first; a.status != 200 {
		t.Errorf("%d %s", a.status, a.raw)
	}
	if a := c.post(path+"/confirm", "second", ""); a.text("error", "code") != "payment_intent_unexpected_state" {
		t.Errorf("the lock used the key up: %d %s", a.status, a.raw)
	}
	c.wantCharges(1)
}

func TestSilence(t *testing.T) {
	t.Parallel()
	c := open(t, stripeserver.Config{SilentFor: time.Hour})
	id, _ := c.intent("pm_sandbox_timeout")
	ctx, cancel := context.WithCancel(t.Context())
	answered := make(chan error, 1)
	go func() {
		_, err := c.do(ctx, http.MethodPost, "/v1/payment_intents/"+id+"/confirm", "key", "")
		answered <- err
	}()
	for deadline := time.Now().Add(30 * time.Second); len(c.sandbox.Ledger().Charges) == 0; {
		if time.Now().After(deadline) {
			t.Fatal("never charged")
		}
		time.Sleep(time.Millisecond)
	}
	select {
	case err := <-answered:
		t.Errorf("it was answered: %v", err)
	default:
	}
	cancel()
	if err := <-answered; err == nil {
		t.Error("it was answered")
	}
	if a := c.post("/v1/payment_intents/"+id+"/confirm", "key", ""); a.status != 200 || a.text("status") != "succeeded" {
		t.Errorf("asked again: %d %s", a.status, a.raw)
	}
	c.wantCharges(1)

	impatient := open(t, stripeserver.Config{SilentFor: time.Millisecond})
	id, _ = impatient.intent("pm_sandbox_timeout")
	if a := impatient.post("/v1/payment_intents/"+id+"/confirm", "", ""); a.status != http.StatusGatewayTimeout {
		t.Errorf("%d %s", a.status, a.raw)
	}
}

func TestCloseSendsEveryoneHome(t *testing.T) {
	t.Parallel()
	c := open(t, stripeserver.Config{SilentFor: time.Hour, SlowFor: time.Hour})
	held, _ := c.intent("pm_card_visa")
	slow, _ := c.intent("pm_sandbox_slow")
	arrived, release := c.sandbox.Hold(held)
	defer release()
	answers := make(chan answer, 2)
	for _, id := range []string{held, slow} {
		go func() { answers <- c.post("/v1/payment_intents/"+id+"/confirm", "", "") }()
	}
	<-arrived
	c.close()
	for range 2 {
		if a := <-answers; a.status != http.StatusServiceUnavailable {
			t.Errorf("%d %s", a.status, a.raw)
		}
	}
	c.wantCharges(0)
	if a := c.get("/v1/payment_intents/" + held); a.status != http.StatusServiceUnavailable {
		t.Errorf("after Close: %d %s", a.status, a.raw)
	}
}
