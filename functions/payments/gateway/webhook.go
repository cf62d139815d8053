package gateway

import (
	"errors"
	"fmt"

	"github.com/stripe/stripe-go/v76/webhook"
)

// ParseWebhook returns the id of the intent that a webhook of Stripe is about, or "" if it is about something else. It
// may come twice, late, or in another order: ask Find how the intent stands. Any API version will do, since the fields
// read here are the same in all of them.
//
// Errors: one for what Stripe did not sign within the last five minutes, or what is no event.
func (g *Gateway) ParseWebhook(payload []byte, signature string) (intentID string, err error) {
	if g.webhookSecret == "" { // anyone could sign with an empty secret
		return "", errors.New("gateway: webhook: no secret configured")
	}
	event, err := webhook.ConstructEventWithOptions(payload, signature, g.webhookSecret,
		webhook.ConstructEventOptions{IgnoreAPIVersionMismatch: true})
	if err != nil {
		return "", fmt.Errorf("gateway: webhook: %w", err)
	}
	if event.Data == nil {
		return "", nil
	}
	kind, _ := event.Data.Object["object"].(string)
	field := map[string]string{"payment_intent": "id", "charge": "payment_intent"}[kind]
	intentID, _ = event.Data.Object[field].(string)
	return intentID, nil
}
