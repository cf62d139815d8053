package stripeserver

import (
	"crypto/subtle"
	"net/http"
)

func confirmIntent(b *books, r request) (change, reply) {
	pi, ok := b.intents[r.id]
	if !ok {
		return change{}, missing(http.StatusNotFound, "payment_intent", r.id, "intent")
	}
	if name, bad := r.unknown("use_stripe_sdk", "return_url"); bad {
		return change{}, refuse(http.StatusBadRequest, "parameter_unknown", name, "Received unknown parameter: %s", name)
	}
	switch pi.Status {
	case requiresConfirmation:
	case requiresAction: // the buyer was asked and is being asked
		return found(pi)
	default:
		return change{}, unexpectedState(pi, "confirm")
	}
	switch c := b.cardOf(pi); c.outcome {
	case declines:
		return decline(pi, r, failure{Type: "card_error", Code: c.code, DeclineCode: c.declineCode, Message: c.message})
	case asksTheBuyer:
		pi.Status = requiresAction
		pi.NextAction = &nextAction{Type: "use_stripe_sdk", UseStripeSDK: map[string]any{"type": "three_d_secure_redirect"}}
		return change{Intents: []intent{pi}}, reply{status: http.StatusOK, body: pi}
	case breaks:
		return change{}, brokenServer(http.StatusInternalServerError, "An error occurred at the sandbox, as asked.")
	default:
		done, out := collect(pi, r)
		out.silent = c.outcome == isSilent
		return done, out
	}
}

// authenticateIntent is what Stripe's own page does after 3-D Secure. The
// client secret is all the permission that it needs.
func authenticateIntent(b *books, r request) (change, reply) {
	pi, ok := b.intents[r.id]
	secret := r.form.Get("client_secret")
	if !ok || subtle.ConstantTimeCompare([]byte(secret), []byte(pi.ClientSecret)) != 1 {
		return change{}, missing(http.StatusNotFound, "payment_intent", r.id, "intent")
	}
	if pi.Status != requiresAction {
		return change{}, unexpectedState(pi, "authenticate")
	}
	switch r.form.Get("outcome") {
	case "succeed":
		return collect(pi, r)
	case "fail":
		c, _ := decline(pi, r, failure{Type: "invalid_request_error", Code: "payment_intent_authentication_failure",
			Message: "The provided PaymentMethod has failed authentication."})
		return c, reply{status: http.StatusOK, body: c.Intents[0]}
	default:
		return change{}, refuse(http.StatusBadRequest, "parameter_missing", "outcome", "Say outcome=succeed or outcome=fail.")
	}
}

// collect moves the money.
func collect(pi intent, r request) (change, reply) {
	ch := chargeOf(pi, r)
	ch.AmountCaptured, ch.Captured, ch.Paid, ch.Status = pi.Amount, true, true, succeeded
	pi.AmountReceived, pi.LatestCharge, pi.Status = pi.Amount, ch.ID, succeeded
	pi.LastPaymentError, pi.NextAction = nil, nil
	return change{
		Intents: []intent{pi},
		Charges: []charge{ch},
		Events:  []event{r.announce("payment_intent.succeeded", pi)},
	}, reply{status: http.StatusOK, body: pi}
}

// decline notes a charge that failed; the intent then needs another card.
func decline(pi intent, r request, why failure) (change, reply) {
	ch := chargeOf(pi, r)
	ch.Status, ch.FailureCode, ch.FailureMessage = "failed", &why.Code, &why.Message
	why.Charge = ch.ID
	pi.LastPaymentError, pi.LatestCharge = &why, ch.ID
	pi.NextAction, pi.PaymentMethod, pi.Status = nil, nil, requiresPaymentMethod
	answer := why
	answer.PaymentIntent = &pi
	return change{
		Intents: []intent{pi},
		Charges: []charge{ch},
		Events:  []event{r.announce("payment_intent.payment_failed", pi)},
	}, fail(http.StatusPaymentRequired, answer)
}

func chargeOf(pi intent, r request) charge {
	return charge{
		ID:            newID("ch"),
		Object:        "charge",
		Amount:        pi.Amount,
		Created:       r.now,
		Currency:      pi.Currency,
		Metadata:      pi.Metadata,
		PaymentIntent: pi.ID,
		PaymentMethod: pi.PaymentMethod,
	}
}
