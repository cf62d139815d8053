package payments

import (
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

func TestWebhookRefuses(t *testing.T) {
	t.Parallel()
	f := placed(t)
	if !f.authenticate(f.asked(1), "succeed") {
		t.Fatal("not authenticated")
	}
	payload, now := about(f.payments(1)[0].IntentID), time.Now()
	large := payload + strings.Repeat(" ", function.MaxBody)
	for _, c := range []struct {
		what, payload, signature string
		status                   int
		message                  string
	}{
		{"unsigned", payload, "", 400, "Invalid signature."},
		{"another's secret", payload, signature(payload, "whsec_other", now), 400, "Invalid signature."},
		{"signed long ago", payload, signature(payload, webhookSecret, now.Add(-6*time.Minute)), 400, "Invalid signature."},
		{"another payload", payload + " ", signature(payload, webhookSecret, now), 400, "Invalid signature."},
		{"too large", large, signature(large, webhookSecret, now), 413, "Request body is too large."},
	} {
		functiontest.Refused(t, c.what, f.send(c.payload, c.signature), c.status, c.message)
	}
	f.want(1, 1, event.PaymentPending)

	f = start(t, config.Values{"STRIPE_WEBHOOK_SECRET": ""})
	functiontest.Refused(t, "signed with no secret", f.send(payload, signature(payload, "", now)), 400, "Invalid signature.")
}

// What a webhook says counts for nothing: only how the intent of a payment stands at Stripe does.
func TestWebhookIsNotBelieved(t *testing.T) {
	t.Parallel()
	f := placed(t)
	secret := f.asked(1)
	customer := `{"id":"evt_1","object":"event","type":"customer.created","data":{"object":{"object":"customer","id":"cus_1"}}}`
	for _, payload := range []string{
		about("pi_unknown"), about(""), customer, "{", `"hello"`, `{"data":{}}`, `{"type":"charge.refunded","data":{"object":[]}}`,
		`{"id":"evt_2","object":"v2.core.event","type":"v1.charge.refunded","related_object":{"id":"ch_1"}}`,
	} {
		if a := f.send(payload, signature(payload, webhookSecret, time.Now())); a.Status != 200 {
			t.Errorf("%s: %d %s", payload, a.Status, a.Body)
		}
	}
	f.notify(1) // that it has succeeded
	f.want(1, 0, event.PaymentPending)
	f.announced()
	if !f.authenticate(secret, "succeed") {
		t.Fatal("not authenticated")
	}
	f.stripe.away.Store(true) // there is no way to ask
	payload := about(f.payments(1)[0].IntentID)
	if a := f.send(payload, signature(payload, webhookSecret, time.Now())); a.Status != 503 || a.Header.Get("Retry-After") == "" {
		t.Errorf("%d %v %s", a.Status, a.Header, a.Body)
	}
	f.stripe.away.Store(false)
	old := `{"request":"req_1","metadata":[],` + payload[1:] // of an old account
	if a := f.send(old, signature(old, webhookSecret, time.Now())); a.Status != 200 {
		t.Errorf("%s: %d %s", old, a.Status, a.Body)
	}
	f.want(1, 1, event.PaymentSucceeded)
	f.announced("payments.created payment/1")
}

// A webhook that comes while its payment is being made does no harm, and takes nothing from the reply.
func TestWebhookDuringPayment(t *testing.T) {
	t.Parallel()
	f := placed(t)
	f.stripe.on("before cancel", func() { f.notify(1) }) // the card was declined a moment ago
	f.refused(1, "tok_chargeDeclined", 400, "Stripe charge failed.")
	f.stripe.on("before confirm", func() { f.notify(1) }) // it is about to be confirmed
	f.paid(1, "tok_visa")
	f.announced("payments.created payment/2")
	f.copy(order(2))
	f.stripe.on("after confirm", func() { f.notify(2) }) // it overtakes Stripe's answer
	got := f.paid(2, "tok_visa")
	f.want(1, 1, event.PaymentFailed, event.PaymentSucceeded)
	f.want(2, 1, event.PaymentSucceeded)
	f.taken(got)
	if got.Seq == 0 {
		t.Error("no seq")
	}
}
