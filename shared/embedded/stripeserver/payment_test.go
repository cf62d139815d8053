package stripeserver_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/embedded/stripeserver"
)

func TestCards(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		card              string
		status            int
		intent            string // its status afterwards
		code, declineCode string
		charged           int
	}{
		{card: "visa", status: 200, intent: "succeeded", charged: 1},
		{card: "mastercard", status: 200, intent: "succeeded", charged: 1},
		{card: "amex", status: 200, intent: "succeeded", charged: 1},
		{card: "chargeDeclined", status: 402, intent: "requires_payment_method", code: "card_declined", declineCode: "generic_decline"},
		{card: "chargeDeclinedInsufficientFunds", status: 402, intent: "requires_payment_method", code: "card_declined", declineCode: "insufficient_funds"},
		{card: "chargeDeclinedExpiredCard", status: 402, intent: "requires_payment_method", code: "expired_card", declineCode: "expired_card"},
		{card: "threeDSecure2Required", status: 200, intent: "requires_action"},
		{card: "authenticationRequired", status: 200, intent: "requires_action"},
		{card: "sandbox_slow", status: 200, intent: "succeeded", charged: 1},
		{card: "sandbox_error", status: 500, intent: "requires_confirmation"},
	} {
		for _, asToken := range []bool{true, false} {
			if asToken && strings.HasPrefix(test.card, "sandbox_") {
				continue
			}
			t.Run(fmt.Sprint(test.card, asToken), func(t *testing.T) {
				t.Parallel()
				c := open(t, stripeserver.Config{SlowFor: time.Millisecond})
				method := "pm_card_" + test.card
				if strings.HasPrefix(test.card, "sandbox_") {
					method = "pm_" + test.card
				}
				if asToken {
					method = c.post("/v1/payment_methods", "", "type=card&card[token]=tok_"+test.card).text("id")
				}
				id, _ := c.intent(method)
				c.wantStatus(id, "requires_confirmation")
				a := c.post("/v1/payment_intents/"+id+"/confirm", "", "use_stripe_sdk=true")
				if a.status != test.status || a.text("error", "code") != test.code || a.text("error", "decline_code") != test.declineCode {
					t.Errorf("%d %s", a.status, a.raw)
				}
				if test.intent == "requires_action" && a.text("next_action", "type") != "use_stripe_sdk" {
					t.Errorf("next action %v", a.at("next_action"))
				}
				c.wantStatus(id, test.intent)
				c.wantCharges(test.charged)
			})
		}
	}
}

func TestDeclineCarriesTheIntent(t *testing.T) {
	t.Parallel()
	c := open(t, stripeserver.Config{})
	id, _ := c.intent("pm_card_chargeDeclined")
	a := c.post("/v1/payment_intents/"+id+"/confirm", "", "")
	if a.text("error", "type") != "card_error" || a.text("error", "payment_intent", "status") != "requires_payment_method" ||
		a.text("error", "payment_intent", "last_payment_error", "decline_code") != "generic_decline" {
		t.Errorf("%s", a.raw)
	}
	failed := c.get("/v1/charges/" + a.text("error", "charge"))
	if failed.text("status") != "failed" || failed.at("paid") != false {
		t.Errorf("%s", failed.raw)
	}
	if again := c.post("/v1/payment_intents/"+id+"/confirm", "", ""); again.text("error", "code") != "payment_intent_unexpected_state" {
		t.Errorf("confirm without a card: %s", again.raw)
	}
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, outcome string
		secret        func(string) string
		status        int
		after         string
		charged       int
	}{
		{"succeed", "succeed", strings.Clone, 200, "succeeded", 1},
		{"fail", "fail", strings.Clone, 200, "requires_payment_method", 0},
		{"neither", "perhaps", strings.Clone, 400, "requires_action", 0},
		{"wrong secret", "succeed", func(s string) string { return s + "x" }, 404, "requires_action", 0},
		{"no secret", "succeed", func(string) string { return "" }, 404, "requires_action", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := open(t, stripeserver.Config{})
			id, secret := c.intent("pm_card_threeDSecure2Required")
			path := "/sandbox/payment_intents/" + id + "/authenticate"
			form := "outcome=" + test.outcome + "&client_secret=" + test.secret(secret)
			if early := c.post(path, "", "outcome=succeed&client_secret="+secret); early.status != 400 {
				t.Errorf("before the confirm: %d %s", early.status, early.raw)
			}
			for range 2 { // a second confirm changes nothing
				if a := c.post("/v1/payment_intents/"+id+"/confirm", "", ""); a.text("status") != "requires_action" {
					t.Errorf("confirm: %s", a.raw)
				}
			}
			if a := c.post(path, "", form); a.status != test.status {
				t.Errorf("authenticate: %d %s", a.status, a.raw)
			}
			if again := c.post(path, "", form); again.status == 200 {
				t.Errorf("authenticated twice: %s", again.raw)
			}
			c.wantStatus(id, test.after)
			c.wantCharges(test.charged)
		})
	}
}

func TestStates(t *testing.T) {
	t.Parallel()
	c := open(t, stripeserver.Config{})
	confirm := func(id string) answer { return c.post("/v1/payment_intents/"+id+"/confirm", "", "") }
	cancel := func(id string) answer { return c.post("/v1/payment_intents/"+id+"/cancel", "", "") }
	wantCode := func(a answer, status int, code string) {
		t.Helper()
		if a.status != status || a.text("error", "code") != code {
			t.Errorf("want %d %s, got %d %s", status, code, a.status, a.raw)
		}
	}
	paid, _ := c.intent("pm_card_visa")
	wantCode(confirm(paid), 200, "")
	wantCode(confirm(paid), 400, "payment_intent_unexpected_state")
	wantCode(cancel(paid), 400, "payment_intent_unexpected_state")
	c.wantCharges(1)

	void, _ := c.intent("pm_card_visa")
	wantCode(c.post("/v1/refunds", "", "payment_intent="+void), 400, "")
	wantCode(cancel(void), 200, "")
	wantCode(cancel(void), 400, "payment_intent_unexpected_state")
	wantCode(confirm(void), 400, "payment_intent_unexpected_state")
	c.wantCharges(1)

	wantCode(c.post("/v1/refunds", "", "payment_intent="+paid+"&amount=1"), 400, "parameter_invalid_integer")
	back := c.post("/v1/refunds", "", "payment_intent="+paid+"&amount=4250")
	wantCode(back, 200, "")
	wantCode(c.post("/v1/refunds", "", "payment_intent="+paid), 400, "charge_already_refunded")
	list, ok := c.get("/v1/refunds?payment_intent=" + paid).at("data").([]any)
	if !ok || len(list) != 1 {
		t.Errorf("refunds: %v", list)
	}
	if none, ok := c.get("/v1/refunds?payment_intent=" + void).at("data").([]any); !ok || len(none) != 0 {
		t.Errorf("refunds of another intent: %v", none)
	}
	found := c.get("/v1/payment_intents/" + paid + "?expand[]=latest_charge")
	if found.at("latest_charge", "refunded") != true || found.text("latest_charge", "id") != back.text("charge") {
		t.Errorf("expanded: %s", found.raw)
	}
	ledger := c.sandbox.Ledger()
	if kept, ok := ledger.Kept()[3]; !ok || kept != 0 || len(ledger.Refunds) != 1 || ledger.Charges[0].PaymentID != 7 {
		t.Errorf("%+v", ledger)
	}
}

func TestConcurrentConfirmsChargeOnce(t *testing.T) {
	t.Parallel()
	c := open(t, stripeserver.Config{SlowFor: 20 * time.Millisecond})
	for _, method := range []string{"pm_card_visa", "pm_sandbox_slow"} {
		before := len(c.sandbox.Ledger().Charges)
		id, _ := c.intent(method)
		var confirmed atomic.Int32
		var all sync.WaitGroup
		for i := range 16 {
			all.Go(func() {
				a := c.post("/v1/payment_intents/"+id+"/confirm", fmt.Sprint(method, i), "")
				switch code := a.text("error", "code"); {
				case a.status == http.StatusOK:
					confirmed.Add(1)
				case code != "payment_intent_unexpected_state" && code != "lock_timeout":
					t.Errorf("%d %s", a.status, a.raw)
				}
			})
		}
		all.Wait()
		c.wantCharges(before + 1)
		if confirmed.Load() != 1 {
			t.Errorf("%d confirms of %s succeeded", confirmed.Load(), method)
		}
	}
}
