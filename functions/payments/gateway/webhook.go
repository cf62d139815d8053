package gateway

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76/webhook"
)

// ParseWebhook returns the id of the intent that a webhook of Stripe is about, or "" if it is about something else. It
// may come twice, late, or in another order: ask Find how the intent stands. Any API version will do, since the fields
// read here are the same in all of them.
//
// Errors: one for what Stripe did not sign within five minutes of now, before or after, or what is no event.
func (g *Gateway) ParseWebhook(payload []byte, signature string) (intentID string, err error) {
	if g.webhookSecret == "" { // anyone could sign with an empty secret
		return "", errors.New("gateway: webhook: no secret configured")
	}
	event, err := webhook.ConstructEventWithOptions(payload, signature, g.webhookSecret,
		webhook.ConstructEventOptions{IgnoreAPIVersionMismatch: true})
	if err != nil {
		return "", fmt.Errorf("gateway: webhook: %w", err)
	}
	if ahead := time.Until(signedAt(signature)); ahead > webhook.DefaultTolerance { // Stripe's library refuses only what is too old
		return "", fmt.Errorf("gateway: webhook: signed %v ahead of its time", ahead)
	}
	if event.Data == nil {
		return "", nil
	}
	kind, _ := event.Data.Object["object"].(string)
	field := map[string]string{"payment_intent": "id", "charge": "payment_intent"}[kind]
	intentID, _ = event.Data.Object[field].(string)
	return intentID, nil
}

// signedAt is the time in a signature that Stripe's library has accepted.
func signedAt(signature string) time.Time {
	var seconds int64
	for field := range strings.SplitSeq(signature, ",") {
		if text, ok := strings.CutPrefix(field, "t="); ok {
			seconds, _ = strconv.ParseInt(text, 10, 64) // the library has read it, too
		}
	}
	return time.Unix(seconds, 0)
}
