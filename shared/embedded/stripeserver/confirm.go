package stripeserver

import (
	"crypto/subtle"
	"net/http"
)

func confirmIntent(s *state, r request) answer {
	pi, known := s.intents[r.object]
	if !known {
		return missing(http.StatusNotFound, "payment_intent", r.object, "intent")
	}
	if refused, bad := r.unknown("use_stripe_sdk", "return_url"); bad {
		return refused
	}
	switch pi.Status {
	case requiresConfirmation:
	case requiresAction: // the buyer was asked, and has not answered
		return ok(pi, change{})
	default:
		return unexpectedState(pi, "confirm")
	}
	switch c := pi.card(); c.outcome {
	case declines:
		return pi.decline(r, failure{Type: "card_error", Code: c.code, DeclineCode: c.declineCode, Message: c.message})
	case asks:
		pi.Status = requiresAction
		pi.NextAction = &nextAction{Type: "use_stripe_sdk", UseStripeSDK: map[string]string{"type": "three_d_secure_redirect"}}
		return ok(pi, change{Intents: []intent{pi}})
	case breaks:
		return broken(http.StatusInternalServerError, "An error occurred at the sandbox, as asked.")
	default:
		a := pi.collect(r)
		a.silent = c.outcome == silent
		return a
	}
}

// authenticateIntent is what Stripe's own page does after 3-D Secure. It needs no permission but the client secret.
func authenticateIntent(s *state, r request) answer {
	pi, known := s.intents[r.object]
	secret := r.form.Get("client_secret")
	switch {
	case !known || subtle.ConstantTimeCompare([]byte(secret), []byte(pi.ClientSecret)) != 1:
		return missing(http.StatusNotFound, "payment_intent", r.object, "intent")
	case pi.Status != requiresAction:
		return unexpectedState(pi, "authenticate")
	}
	switch r.form.Get("outcome") {
	case "succeed":
		return pi.collect(r)
	case "fail":
		a := pi.decline(r, failure{Type: "invalid_request_error", Code: "payment_intent_authentication_failure",
			Message: "The provided PaymentMethod has failed authentication."})
		return ok(a.Intents[0], a.change)
	}
	return refuse(http.StatusBadRequest, "parameter_missing", "outcome", "Say outcome=succeed or outcome=fail.")
}

// collect moves the money.
func (pi intent) collect(r request) answer {
	ch := charge{ID: newID("ch"), Object: "charge", Amount: pi.Amount, Created: r.now, Currency: pi.Currency, Metadata: pi.Metadata,
		Paid: true, PaymentIntent: pi.ID, Status: succeeded}
	pi.LatestCharge, pi.LastPaymentError, pi.NextAction, pi.Status = ch.ID, nil, nil, succeeded
	c := change{Intents: []intent{pi}, Events: []event{r.announce("payment_intent.succeeded", pi)}}
	if pi.card().disputed {
		c.Disputes = []dispute{ch.dispute(r)}
		c.Events = append(c.Events, r.announce("charge.dispute.created", c.Disputes[0]))
		ch.Disputed = true
	}
	c.Charges = []charge{ch}
	return ok(pi, c)
}

// decline gives the intent a charge that failed; it then needs another card.
func (pi intent) decline(r request, why failure) answer {
	why.Charge = newID("ch")
	pi.LastPaymentError, pi.LatestCharge, pi.NextAction = &why, why.Charge, nil
	pi.PaymentMethod, pi.Status = "", requiresPaymentMethod
	told := why
	told.PaymentIntent = &pi
	a := fail(http.StatusPaymentRequired, told)
	a.change = change{Intents: []intent{pi}, Events: []event{r.announce("payment_intent.payment_failed", pi)}}
	return a
}
