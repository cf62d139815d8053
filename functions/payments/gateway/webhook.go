package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76/webhook"
)

// Notice is what an event of Stripe, sent by webhook or listed, is about.
type Notice struct {
	ID       string // evt_…
	Type     string // in Stripe's words
	IntentID string // "": it is about something else, or in a form that is not understood
	Reversal bool   // it is about a refund or a dispute: see FindReversals
}

// ParseWebhook returns what a webhook of Stripe is about. It may come twice, late, or in another order: ask Find how the
// intent stands. Any API version will do, and any form: of what Stripe has signed, only ids are read.
//
// Errors: one for what Stripe did not sign within five minutes of now, before or after.
func (g *Gateway) ParseWebhook(payload []byte, signature string) (Notice, error) {
	if g.webhookSecret == "" { // anyone could sign with an empty secret
		return Notice{}, errors.New("gateway: webhook: no secret configured")
	}
	if err := webhook.ValidatePayload(payload, signature, g.webhookSecret); err != nil {
		return Notice{}, fmt.Errorf("gateway: webhook: %w", err)
	}
	if ahead := time.Until(signedAt(signature)); ahead > webhook.DefaultTolerance { // Stripe's library refuses only what is too old
		return Notice{}, fmt.Errorf("gateway: webhook: signed %v ahead of its time", ahead)
	}
	return notice(payload), nil
}

// notice reads an event, field by field: one that has another form than expected takes nothing from the others.
func notice(payload []byte) (n Notice) {
	event := fields(payload)
	n.ID, n.Type = text(event["id"]), text(event["type"])
	object := fields(fields(event["data"])["object"])
	switch text(object["object"]) {
	case "payment_intent":
		n.IntentID = text(object["id"])
	case "charge", "refund", "dispute":
		n.IntentID, n.Reversal = text(object["payment_intent"]), n.Type != "charge.succeeded"
	}
	return n
}

// fields are those of a JSON object; none of anything else.
func fields(value json.RawMessage) map[string]json.RawMessage {
	var object map[string]json.RawMessage
	_ = json.Unmarshal(value, &object) // what is no object has no fields
	return object
}

// text is that of a JSON string; "" of anything else.
func text(value json.RawMessage) (s string) {
	_ = json.Unmarshal(value, &s) // what is no string has no text
	return s
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
