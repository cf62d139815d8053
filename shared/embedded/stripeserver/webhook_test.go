package stripeserver_test

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

	"github.com/gittix/ticketing/shared/embedded/stripeserver"
)

const secret = "whsec_sandbox"

// told is a webhook as it came.
type told struct {
	ID, Type string
	Data     struct{ Object json.RawMessage }
}

// about is what a webhook is about: an intent or a charge.
func (w told) about(t *testing.T) (object struct {
	ID, Status     string
	Metadata       map[string]string
	PaymentIntent  string `json:"payment_intent"`
	Refunded       bool
	AmountRefunded int64 `json:"amount_refunded"`
}) {
	t.Helper()
	if err := json.Unmarshal(w.Data.Object, &object); err != nil {
		t.Error(err)
	}
	return object
}

// receiver hands on the webhooks that come, after it has refused the first few. That Stripe's own library takes their
// signatures is shown by the payment gateway's tests.
func receiver(t *testing.T, refuse int32) (url string, events <-chan told) {
	t.Helper()
	arrived := make(chan told, 16)
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		payload, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		var event told
		if err := json.Unmarshal(payload, &event); err != nil || !strings.HasPrefix(r.Header.Get("Stripe-Signature"), "t=") {
			t.Errorf("%v %s: %v", r.Header, payload, err)
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

func next(t *testing.T, events <-chan told) told {
	t.Helper()
	select {
	case event := <-events:
		return event
	case <-time.After(30 * time.Second):
		t.Fatal("no webhook")
	}
	return told{}
}

func TestWebhooks(t *testing.T) {
	t.Parallel()
	url, events := receiver(t, 0)
	c := open(t, stripeserver.Config{WebhookURL: url, WebhookSecret: secret})
	wantIntent := func(kind, id, status string) {
		t.Helper()
		event := next(t, events)
		if pi := event.about(t); event.Type != kind || pi.ID != id || pi.Status != status || pi.Metadata["payment_id"] != "7" {
			t.Errorf("want %s of %s, got %s %+v", kind, id, event.Type, pi)
		}
	}
	paid, _ := c.intent("pm_card_visa")
	c.post("/v1/payment_intents/"+paid+"/confirm", "key", "")
	wantIntent("payment_intent.succeeded", paid, "succeeded")
	c.post("/v1/payment_intents/"+paid+"/confirm", "key", "") // a replay announces nothing

	declined, _ := c.intent("pm_card_chargeDeclined")
	c.post("/v1/payment_intents/"+declined+"/confirm", "", "")
	wantIntent("payment_intent.payment_failed", declined, "requires_payment_method")
	c.post("/v1/payment_intents/"+declined+"/cancel", "", "")
	wantIntent("payment_intent.canceled", declined, "canceled")

	asked, clientSecret := c.intent("pm_card_threeDSecure2Required")
	c.post("/v1/payment_intents/"+asked+"/confirm", "", "")
	c.post("/sandbox/payment_intents/"+asked+"/authenticate", "", "outcome=succeed&client_secret="+clientSecret)
	wantIntent("payment_intent.succeeded", asked, "succeeded")

	c.post("/v1/refunds", "", "payment_intent="+paid)
	event := next(t, events)
	if charge := event.about(t); event.Type != "charge.refunded" || charge.PaymentIntent != paid || !charge.Refunded || charge.AmountRefunded != 4250 {
		t.Errorf("%s %+v", event.Type, charge)
	}
}

func TestWebhookIsSentAgainUntilItArrives(t *testing.T) {
	t.Parallel()
	url, events := receiver(t, 2)
	c := open(t, stripeserver.Config{WebhookURL: url, WebhookSecret: secret})
	id, _ := c.intent("pm_card_visa")
	c.post("/v1/payment_intents/"+id+"/confirm", "", "")
	if event := next(t, events); event.Type != "payment_intent.succeeded" {
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
	c := open(t, stripeserver.Config{Path: path, WebhookURL: gone.URL, WebhookSecret: secret})
	id, _ := c.intent("pm_card_visa")
	c.post("/v1/payment_intents/"+id+"/confirm", "", "")
	c.close()

	url, events := receiver(t, 0)
	c = open(t, stripeserver.Config{Path: path, WebhookURL: url, WebhookSecret: secret})
	owed := next(t, events)
	if owed.Type != "payment_intent.succeeded" || owed.about(t).ID != id {
		t.Errorf("%s %s", owed.Type, owed.Data.Object)
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

	c = open(t, stripeserver.Config{Path: path, WebhookURL: url, WebhookSecret: secret})
	void, _ := c.intent("pm_card_visa")
	c.post("/v1/payment_intents/"+void+"/cancel", "", "")
	if event := next(t, events); event.Type != "payment_intent.canceled" {
		t.Errorf("%s was sent again, though its arrival was written down", event.Type)
	}
}
