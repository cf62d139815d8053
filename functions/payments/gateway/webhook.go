package gateway

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/webhook"
)

// WebhookEvent is something that Stripe says happened. It may come twice, late,
// or in another order: ask Find before believing that an Intent still stands so.
type WebhookEvent struct {
	ID     string
	Type   string // payment_intent.succeeded, charge.refunded, …
	Intent Intent // what it is about; zero for events about neither intents nor charges
}

// ParseWebhook checks that Stripe signed the payload, and reads it. Any API
// version will do: the fields read here are the same in all of them.
//
// Errors: ErrInvalidSignature; a plain error for a signed payload that is no event.
func (g *Gateway) ParseWebhook(payload []byte, signatureHeader string) (WebhookEvent, error) {
	if g.webhookSecret == "" { // anyone could sign with an empty secret
		return WebhookEvent{}, fmt.Errorf("gateway: webhook: %w: no secret configured", ErrInvalidSignature)
	}
	if err := webhook.ValidatePayload(payload, signatureHeader, g.webhookSecret); err != nil {
		return WebhookEvent{}, fmt.Errorf("gateway: webhook: %w: %w", ErrInvalidSignature, err)
	}
	raw, err := webhook.ConstructEventWithOptions(payload, signatureHeader, g.webhookSecret,
		webhook.ConstructEventOptions{IgnoreAPIVersionMismatch: true})
	if err != nil {
		return WebhookEvent{}, errors.New("gateway: webhook: payload is no event")
	}
	event := WebhookEvent{ID: raw.ID, Type: string(raw.Type)}
	if event.Intent, err = subject(raw); err != nil {
		return WebhookEvent{}, fmt.Errorf("gateway: webhook %s: object of %s not understood", event.ID, event.Type)
	}
	return event, nil
}

// subject returns the intent that an event is about, if any.
func subject(event stripe.Event) (Intent, error) {
	if event.Data == nil {
		return Intent{}, nil
	}
	switch event.Data.Object["object"] {
	case "payment_intent":
		var pi stripe.PaymentIntent
		err := json.Unmarshal(event.Data.Raw, &pi)
		return intentOf(&pi), err
	case "charge":
		return chargedIntent(event.Data.Raw)
	default:
		return Intent{}, nil
	}
}

// chargedIntent returns the intent behind a charge, which repeats its metadata.
// Its status is known only when the charge was paid.
func chargedIntent(raw []byte) (Intent, error) {
	var charge stripe.Charge
	if err := json.Unmarshal(raw, &charge); err != nil {
		return Intent{}, err
	}
	if charge.PaymentIntent == nil { // nothing that Prepare began
		return Intent{}, nil
	}
	intent := Intent{
		ID:          charge.PaymentIntent.ID,
		AmountCents: charge.Amount,
		Currency:    string(charge.Currency),
		PaymentID:   paymentID(charge.Metadata),
	}
	if charge.Paid {
		intent.Status, intent.ChargeID = Succeeded, charge.ID
	}
	return intent, nil
}
