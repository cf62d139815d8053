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
	type about struct {
		intent   string
		reversal bool
	}
	for payload, want := range map[string]about{
		paidEvent: {"pi_1", false}, // of a later API version
		`{"type":"charge.refunded","data":{"object":{"object":"charge","payment_intent":"pi_1"}}}`:        {"pi_1", true},
		`{"type":"refund.failed","data":{"object":{"object":"refund","payment_intent":"pi_1"}}}`:          {"pi_1", true},
		`{"type":"charge.dispute.closed","data":{"object":{"object":"dispute","payment_intent":"pi_1"}}}`: {"pi_1", true},
		`{"type":"charge.succeeded","data":{"object":{"object":"charge","payment_intent":"pi_1"}}}`:       {"pi_1", false},
		`{"type":"charge.succeeded","data":{"object":{"object":"charge"}}}`:                               {},
		`{"type":"charge.dispute.created","data":{"object":{"object":"dispute","payment_intent":{}}}}`:    {"", true},
		`{"type":"customer.created","data":{"object":{"id":"cus_1","object":"customer"}}}`:                {},
		`{"type":"ping"}`:                          {},
		`{"type":"charge.refunded","data":{}}`:     {},
		`{"type":"charge.refunded","data":[]}`:     {},
		`{"type":7,"data":"none","object":"what"}`: {},
		`hello`: {},
		// of an old account, and with what PHP makes of no metadata
		`{"request":"req_1","type":"payment_intent.succeeded","data":{"object":{"id":"pi_1","object":"payment_intent","metadata":[],"amount":"1"}}}`: {"pi_1", false},
		// a thin event
		`{"id":"evt_1","object":"v2.core.event","type":"v1.charge.refunded","related_object":{"id":"ch_1","type":"charge"}}`: {},
	} {
		for _, late := range []time.Duration{0, 4 * time.Minute, -4 * time.Minute} {
			got, err := reader(webhookSecret).ParseWebhook([]byte(payload), signature(payload, webhookSecret, time.Now().Add(-late)))
			if err != nil || (about{got.IntentID, got.Reversal}) != want {
				t.Errorf("%s, %v late: %+v, %v", payload, late, got, err)
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
	} {
		if got, err := reader(c.secret).ParseWebhook([]byte(c.payload), c.header); err == nil || got != (gateway.Notice{}) {
			t.Errorf("%s: %+v, %v", what, got, err)
		}
	}
}

// TestSandboxWebhooks: what the sandbox signs and sends is what Stripe's own library reads.
func TestSandboxWebhooks(t *testing.T) {
	t.Parallel()
	ids := make(chan string, 2)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		payload, unread := io.ReadAll(r.Body)
		got, err := reader(webhookSecret).ParseWebhook(payload, r.Header.Get("Stripe-Signature"))
		if err != nil || unread != nil {
			t.Errorf("%s: %v, %v", payload, err, unread)
		}
		ids <- got.IntentID
	}))
	t.Cleanup(receiver.Close)
	_, g := openSandbox(t, stripeserver.Config{WebhookURL: receiver.URL, WebhookSecret: webhookSecret})
	intent := prepare(t, g, "tok_visa")
	if _, err := g.Confirm(t.Context(), "attempt", intent.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Refund(t.Context(), "attempt", intent.ID); err != nil {
		t.Fatal(err)
	}
	if paid, refunded := <-ids, <-ids; paid != intent.ID || refunded != intent.ID {
		t.Errorf("about %q and %q, want %s", paid, refunded, intent.ID)
	}
}
