package gateway_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/gittix/ticketing/functions/payments/gateway"
	"github.com/gittix/ticketing/shared/embedded/stripeserver"
)

const paidEvent = `{"id":"evt_1","object":"event","api_version":"2099-01-01","type":"payment_intent.succeeded","data":{"object":
	{"id":"pi_1","object":"payment_intent","amount":4250,"currency":"usd","status":"succeeded","latest_charge":"ch_1","metadata":{"payment_id":"7"}}}}`

func signature(payload, secret string, at time.Time) string {
	return webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: []byte(payload), Secret: secret, Timestamp: at}).Header
}

func TestParseWebhook(t *testing.T) {
	t.Parallel()
	paid := gateway.Intent{ID: "pi_1", Status: gateway.Succeeded, ChargeID: "ch_1", AmountCents: 4250, Currency: "usd", PaymentID: 7}
	for _, test := range []struct {
		name, payload string
		want          gateway.WebhookEvent
	}{
		{"paid, of a later API version", paidEvent, gateway.WebhookEvent{ID: "evt_1", Type: "payment_intent.succeeded", Intent: paid}},
		{"refunded", `{"id":"evt_2","type":"charge.refunded","data":{"object":{"id":"ch_1","object":"charge","amount":4250,"currency":"usd",
			"paid":true,"refunded":true,"payment_intent":"pi_1","metadata":{"payment_id":"7"}}}}`,
			gateway.WebhookEvent{ID: "evt_2", Type: "charge.refunded", Intent: paid}},
		{"not ours", `{"id":"evt_3","type":"payment_intent.created","data":{"object":{"id":"pi_2","object":"payment_intent",
			"status":"requires_confirmation","metadata":{"payment_id":"-1"}}}}`,
			gateway.WebhookEvent{ID: "evt_3", Type: "payment_intent.created", Intent: gateway.Intent{ID: "pi_2", Status: gateway.NeedsConfirmation}}},
		{"a charge without an intent", `{"id":"evt_4","type":"charge.succeeded","data":{"object":{"id":"ch_2","object":"charge"}}}`,
			gateway.WebhookEvent{ID: "evt_4", Type: "charge.succeeded"}},
		{"about something else", `{"id":"evt_5","type":"charge.dispute.created","data":{"object":{"id":"dp_1","object":"dispute","amount":"?"}}}`,
			gateway.WebhookEvent{ID: "evt_5", Type: "charge.dispute.created"}},
		{"about nothing", `{"id":"evt_6","type":"ping"}`, gateway.WebhookEvent{ID: "evt_6", Type: "ping"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := at("").ParseWebhook([]byte(test.payload), signature(test.payload, webhookSecret, time.Now()))
			if err != nil || got != test.want {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

func TestParseWebhookRefuses(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, test := range []struct {
		name, payload, header, secret string
		forged                        bool
	}{
		{"no header", paidEvent, "", webhookSecret, true},
		{"nonsense header", paidEvent, "t=1,v1", webhookSecret, true},
		{"another secret", paidEvent, signature(paidEvent, "whsec_other", now), webhookSecret, true},
		{"another payload", paidEvent + " ", signature(paidEvent, webhookSecret, now), webhookSecret, true},
		{"replayed later", paidEvent, signature(paidEvent, webhookSecret, now.Add(-time.Hour)), webhookSecret, true},
		{"no secret configured", paidEvent, signature(paidEvent, "", now), "", true},
		{"signed, but no JSON", "hello", signature("hello", webhookSecret, now), webhookSecret, false},
		{"signed, but no intent", `{"data":{"object":{"object":"payment_intent","amount":"?"}}}`,
			signature(`{"data":{"object":{"object":"payment_intent","amount":"?"}}}`, webhookSecret, now), webhookSecret, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g := gateway.New(gateway.Config{WebhookSecret: test.secret})
			event, err := g.ParseWebhook([]byte(test.payload), test.header)
			if err == nil || errors.Is(err, gateway.ErrInvalidSignature) != test.forged {
				t.Errorf("%+v, %v", event, err)
			}
		})
	}
}

func TestSandboxWebhooksAreUnderstood(t *testing.T) {
	t.Parallel()
	events := make(chan gateway.WebhookEvent, 8)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		payload, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		event, err := at("").ParseWebhook(payload, r.Header.Get("Stripe-Signature"))
		if err != nil {
			t.Error(err)
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		events <- event
	}))
	t.Cleanup(receiver.Close)
	_, url := openSandbox(t, stripeserver.Config{WebhookURL: receiver.URL, WebhookSecret: webhookSecret})
	g := at(url)
	intent := prepare(t, g, "tok_visa")
	expect := func(kind string) {
		t.Helper()
		select {
		case event := <-events:
			if event.Type != kind || event.Intent.ID != intent.ID || event.Intent.PaymentID != 7 ||
				event.Intent.Status != gateway.Succeeded || event.Intent.ChargeID == "" {
				t.Errorf("want %s, got %+v", kind, event)
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("no %s", kind)
		}
	}
	if _, err := g.Confirm(t.Context(), "attempt", intent.ID); err != nil {
		t.Fatal(err)
	}
	expect("payment_intent.succeeded")
	if err := g.Refund(t.Context(), "attempt", intent.ID); err != nil {
		t.Fatal(err)
	}
	expect("charge.refunded")
}

func FuzzParseWebhook(f *testing.F) {
	f.Add([]byte(paidEvent), "t=1,v1=00")
	f.Add([]byte(`{"data":{"object":{"object":"charge","payment_intent":{"id":"pi_1"},"metadata":null}}}`), "v1=,v0=,t=")
	f.Add([]byte(`{"data":{"object":null}}`), ",=,")
	f.Add([]byte(`null`), "")
	g := at("")
	f.Fuzz(func(t *testing.T, payload []byte, header string) {
		if event, err := g.ParseWebhook(payload, header); !errors.Is(err, gateway.ErrInvalidSignature) {
			t.Errorf("unsigned, but %+v, %v", event, err)
		}
		signed := signature(string(payload), webhookSecret, time.Now())
		event, err := g.ParseWebhook(payload, signed)
		if errors.Is(err, gateway.ErrInvalidSignature) {
			t.Errorf("signed, but %v", err)
		}
		if err != nil && event != (gateway.WebhookEvent{}) || event.Intent.PaymentID < 0 {
			t.Errorf("%+v, %v", event, err)
		}
		if _, err := g.ParseWebhook(append(payload, ' '), signed); !errors.Is(err, gateway.ErrInvalidSignature) {
			t.Errorf("tampered, but %v", err)
		}
	})
}
