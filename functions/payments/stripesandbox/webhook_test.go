package stripesandbox_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/gittix/ticketing/functions/payments/stripesandbox"
)

const secret = "whsec_sandbox"

// receiver checks signatures with Stripe's own library and hands events on. It
// refuses the first few.
func receiver(t *testing.T, refuse int32) (url string, events <-chan stripe.Event) {
	t.Helper()
	arrived := make(chan stripe.Event, 16)
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		payload, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		event, err := webhook.ConstructEvent(payload, r.Header.Get("Stripe-Signature"), secret)
		if err != nil {
			t.Errorf("signature: %v", err)
		}
		if asked.Add(1) <= refuse {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		arrived <- event
	}))
	t.Cleanup(server.Close)
	return server.URL, arrived
}

func next(t *testing.T, events <-chan stripe.Event) stripe.Event {
	t.Helper()
	select {
	case event := <-events:
		return event
	case <-time.After(30 * time.Second):
		t.Fatal("no webhook")
	}
	return stripe.Event{}
}

func TestWebhooks(t *testing.T) {
	t.Parallel()
	url, events := receiver(t, 0)
	c := open(t, stripesandbox.Config{WebhookURL: url, WebhookSecret: secret})
	wantIntent := func(kind stripe.EventType, id string, status stripe.PaymentIntentStatus) {
		t.Helper()
		event := next(t, events)
		var pi stripe.PaymentIntent
		if err := json.Unmarshal(event.Data.Raw, &pi); err != nil || event.Type != kind || pi.ID != id || pi.Status != status || pi.Metadata["payment_id"] != "7" {
			t.Errorf("want %s of %s, got %s %s %v", kind, id, event.Type, event.Data.Raw, err)
		}
	}
	paid, _ := c.intent("pm_card_visa")
	c.post("/v1/payment_intents/"+paid+"/confirm", "key", "")
	wantIntent(stripe.EventTypePaymentIntentSucceeded, paid, stripe.PaymentIntentStatusSucceeded)
	c.post("/v1/payment_intents/"+paid+"/confirm", "key", "") // a replay announces nothing

	declined, _ := c.intent("pm_card_chargeDeclined")
	c.post("/v1/payment_intents/"+declined+"/confirm", "", "")
	wantIntent(stripe.EventTypePaymentIntentPaymentFailed, declined, stripe.PaymentIntentStatusRequiresPaymentMethod)
	c.post("/v1/payment_intents/"+declined+"/cancel", "", "")
	wantIntent(stripe.EventTypePaymentIntentCanceled, declined, stripe.PaymentIntentStatusCanceled)

	asked, clientSecret := c.intent("pm_card_threeDSecure2Required")
	c.post("/v1/payment_intents/"+asked+"/confirm", "", "")
	c.post("/sandbox/payment_intents/"+asked+"/authenticate", "", "outcome=succeed&client_secret="+clientSecret)
	wantIntent(stripe.EventTypePaymentIntentSucceeded, asked, stripe.PaymentIntentStatusSucceeded)

	c.post("/v1/refunds", "", "payment_intent="+paid)
	event := next(t, events)
	var charge stripe.Charge
	if err := json.Unmarshal(event.Data.Raw, &charge); err != nil || event.Type != stripe.EventTypeChargeRefunded ||
		charge.PaymentIntent.ID != paid || !charge.Refunded || charge.AmountRefunded != 4250 {
		t.Errorf("%s %s %v", event.Type, event.Data.Raw, err)
	}
}

func TestWebhookIsSentAgainUntilItArrives(t *testing.T) {
	t.Parallel()
	url, events := receiver(t, 2)
	c := open(t, stripesandbox.Config{WebhookURL: url, WebhookSecret: secret})
	id, _ := c.intent("pm_card_visa")
	c.post("/v1/payment_intents/"+id+"/confirm", "", "")
	if event := next(t, events); event.Type != stripe.EventTypePaymentIntentSucceeded {
		t.Errorf("%s", event.Type)
	}
}

// A webhook that is owed when the sandbox dies is sent by the next one; one
// that arrived is not.
func TestOwedWebhooksSurviveARestart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "stripe.jsonl")
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	c := open(t, stripesandbox.Config{Path: path, WebhookURL: gone.URL, WebhookSecret: secret})
	id, _ := c.intent("pm_card_visa")
	c.post("/v1/payment_intents/"+id+"/confirm", "", "")
	c.close()

	url, events := receiver(t, 0)
	c = open(t, stripesandbox.Config{Path: path, WebhookURL: url, WebhookSecret: secret})
	owed := next(t, events)
	if owed.Type != stripe.EventTypePaymentIntentSucceeded || owed.GetObjectValue("id") != id {
		t.Errorf("%s %s", owed.Type, owed.Data.Raw)
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		lines, err := os.ReadFile(path)
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("the arrival was never written down: %v", err)
		}
		if strings.Contains(string(lines), `{"delivered":"`+owed.ID+`"}`) {
			break
		}
	}
	c.close()

	c = open(t, stripesandbox.Config{Path: path, WebhookURL: url, WebhookSecret: secret})
	void, _ := c.intent("pm_card_visa")
	c.post("/v1/payment_intents/"+void+"/cancel", "", "")
	if event := next(t, events); event.Type != stripe.EventTypePaymentIntentCanceled {
		t.Errorf("%s was sent again, though its arrival was written down", event.Type)
	}
}
