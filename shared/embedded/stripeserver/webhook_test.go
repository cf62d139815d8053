package stripeserver

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

const secret = "whsec_sandbox"

// receiver hands on the webhooks that come, after it has refused the first few. That Stripe's own library takes their
// signatures is shown by the payment gateway's tests.
func receiver(t *testing.T, refuse int32) (url string, webhooks <-chan event) {
	t.Helper()
	arrived := make(chan event, 16)
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var got event
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil || !strings.HasPrefix(r.Header.Get("Stripe-Signature"), "t=") {
			t.Errorf("%v: %v", r.Header, err)
		}
		if asked.Add(1) <= refuse {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		arrived <- got
	}))
	t.Cleanup(server.Close)
	return server.URL, arrived
}

// next checks what the next webhook is about: some of its object's fields.
func next(t *testing.T, webhooks <-chan event, kind string, want map[string]any) {
	t.Helper()
	got := <-webhooks
	about, _ := got.Data.Object.(map[string]any)
	for name, value := range want {
		if got.Type != kind || about[name] != value {
			t.Errorf("want %s of %v, got %+v", kind, want, got)
		}
	}
}

func TestWebhooks(t *testing.T) {
	t.Parallel()
	url, webhooks := receiver(t, 0)
	c := open(t, Config{WebhookURL: url, WebhookSecret: secret})
	paid, declined, asked := c.intent("pm_card_visa").ID, c.intent("pm_card_chargeDeclined").ID, c.intent("pm_card_threeDSecure2Required")
	c.confirm(paid, "key")
	next(t, webhooks, "payment_intent.succeeded", map[string]any{"id": paid, "status": succeeded})
	c.confirm(paid, "key") // a replay announces nothing
	c.confirm(declined, "")
	next(t, webhooks, "payment_intent.payment_failed", map[string]any{"id": declined, "status": requiresPaymentMethod})
	c.call("POST", "/v1/payment_intents/"+declined+"/cancel", "", "")
	next(t, webhooks, "payment_intent.canceled", map[string]any{"id": declined, "status": canceled})
	c.confirm(asked.ID, "") // neither does a question
	c.authenticate(asked.ID, asked.ClientSecret, "succeed")
	next(t, webhooks, "payment_intent.succeeded", map[string]any{"id": asked.ID, "status": succeeded})
	c.call("POST", "/v1/refunds", "", "payment_intent="+paid)
	next(t, webhooks, "charge.refunded", map[string]any{"payment_intent": paid, "refunded": true, "amount_refunded": 4250.})
}

// A webhook is sent until it arrives, also by the next sandbox, and then no more.
func TestWebhooksAreOwedUntilTheyArrive(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	cfg := Config{Path: filepath.Join(t.TempDir(), "stripe.jsonl"), WebhookURL: gone.URL, WebhookSecret: secret}
	gone.Close()
	c := open(t, cfg)
	id := c.intent("pm_card_visa").ID
	c.confirm(id, "")
	c.close()

	var webhooks <-chan event
	cfg.WebhookURL, webhooks = receiver(t, 2)
	c = open(t, cfg)
	next(t, webhooks, "payment_intent.succeeded", map[string]any{"id": id})
	c.deliveries.Wait()
	c.close()

	c = open(t, cfg)
	void := c.intent("pm_card_visa").ID
	c.call("POST", "/v1/payment_intents/"+void+"/cancel", "", "")
	next(t, webhooks, "payment_intent.canceled", map[string]any{"id": void})
}
