package gateway_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/gittix/ticketing/functions/payments/gateway"
	"github.com/gittix/ticketing/shared/embedded/stripeserver"
)

const paidEvent = `{"id":"evt_1","api_version":"2099-01-01","type":"payment_intent.succeeded","data":{"object":{"id":"pi_1","object":"payment_intent"}}}`

func reader(secret string) *gateway.Gateway {
	return gateway.New(gateway.Settings{}, gateway.WebhookSettings{Secret: secret})
}

func signature(payload, secret string, at time.Time) string {
	return webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: []byte(payload), Secret: secret, Timestamp: at}).Header
}

func TestParseWebhook(t *testing.T) {
	t.Parallel()
	for payload, want := range map[string]string{
		paidEvent: "pi_1", // of a later API version
		`{"type":"charge.refunded","data":{"object":{"id":"ch_1","object":"charge","payment_intent":"pi_1"}}}`:     "pi_1",
		`{"type":"charge.succeeded","data":{"object":{"id":"ch_2","object":"charge"}}}`:                            "",
		`{"type":"charge.succeeded","data":{"object":{"id":"ch_2","object":"charge","payment_intent":{}}}}`:        "",
		`{"type":"charge.dispute.created","data":{"object":{"id":"dp_1","object":"dispute","payment_intent":""}}}`: "",
		`{"type":"ping"}`: "",
	} {
		for _, late := range []time.Duration{0, 4 * time.Minute, -4 * time.Minute} {
			got, err := reader(webhookSecret).ParseWebhook([]byte(payload), signature(payload, webhookSecret, time.Now().Add(-late)))
			if err != nil || got != want {
				t.Errorf("%s, %v late: %q, %v", payload, late, got, err)
			}
		}
	}
}

func TestParseWebhookRefuses(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for what, c := range map[string]struct{ payload, header, secret string }{
		"no header":            {paidEvent, "", webhookSecret},
		"nonsense header":      {paidEvent, "t=1,v1", webhookSecret},
		"another secret":       {paidEvent, signature(paidEvent, "whsec_other", now), webhookSecret},
		"another payload":      {paidEvent + " ", signature(paidEvent, webhookSecret, now), webhookSecret},
		"replayed later":       {paidEvent, signature(paidEvent, webhookSecret, now.Add(-6*time.Minute)), webhookSecret},
		"signed for later":     {paidEvent, signature(paidEvent, webhookSecret, now.Add(6*time.Minute)), webhookSecret},
		"a day ahead":          {paidEvent, signature(paidEvent, webhookSecret, now.Add(24*time.Hour)), webhookSecret},
		"no secret configured": {paidEvent, signature(paidEvent, "", now), ""},
		"signed, but no JSON":  {"hello", signature("hello", webhookSecret, now), webhookSecret},
	} {
		if id, err := reader(c.secret).ParseWebhook([]byte(c.payload), c.header); err == nil || id != "" {
			t.Errorf("%s: %q, %v", what, id, err)
		}
	}
}

// TestSandboxWebhooks: what the sandbox signs and sends is what Stripe's own library reads.
func TestSandboxWebhooks(t *testing.T) {
	t.Parallel()
	ids := make(chan string, 2)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		payload, unread := io.ReadAll(r.Body)
		id, err := reader(webhookSecret).ParseWebhook(payload, r.Header.Get("Stripe-Signature"))
		if err != nil || unread != nil {
			t.Errorf("%s: %v, %v", payload, err, unread)
		}
		ids <- id
	}))
	t.Cleanup(receiver.Close)
	_, g := openSandbox(t, stripeserver.Config{WebhookURL: receiver.URL, WebhookSecret: webhookSecret})
	intent := prepare(t, g, "tok_visa")
	if _, err := g.Confirm(t.Context(), "attempt", intent.ID); err != nil {
		t.Fatal(err)
	}
	if err := g.Refund(t.Context(), "attempt", intent.ID); err != nil {
		t.Fatal(err)
	}
	if paid, refunded := <-ids, <-ids; paid != intent.ID || refunded != intent.ID {
		t.Errorf("about %q and %q, want %s", paid, refunded, intent.ID)
	}
}
