package stripeserver

import (
	"net/http"
	"strconv"
)

const (
	minAmount = 50       // cents
	maxAmount = 99999999 // cents
)

func createIntent(_ *state, r request) answer {
	if refused, bad := r.unknown("amount", "currency", "payment_method", "payment_method_types", "confirmation_method", "metadata"); bad {
		return refused
	}
	amount, err := strconv.ParseInt(r.form.Get("amount"), 10, 64)
	switch {
	case err != nil:
		return refuse(400, "parameter_invalid_integer", "amount", "Invalid integer: %s", r.form.Get("amount"))
	case amount < minAmount:
		return refuse(400, "amount_too_small", "amount", "Amount must be at least $0.50 usd")
	case amount > maxAmount:
		return refuse(400, "amount_too_large", "amount", "Amount must be no more than $999,999.99")
	case r.form.Get("currency") != currency:
		return refuse(400, "parameter_missing", "currency", "The sandbox knows one currency: usd.")
	}
	pi := intent{
		ID: newID("pi"), Object: "payment_intent", Amount: amount, Created: r.now, Currency: currency,
		Metadata: r.metadata(), PaymentMethod: r.form.Get("payment_method"), Status: requiresConfirmation,
	}
	pi.ClientSecret = newID(pi.ID + "_secret")
	if _, known := cardOf(pi.PaymentMethod); !known {
		return missing(400, "PaymentMethod", pi.PaymentMethod, "payment_method")
	}
	return ok(pi, change{Intents: []intent{pi}})
}

func getIntent(s *state, r request) answer {
	pi, known := s.intents[r.object]
	if !known {
		return missing(http.StatusNotFound, "payment_intent", r.object, "intent")
	}
	return ok(pi, change{})
}

func cancelIntent(s *state, r request) answer {
	pi, known := s.intents[r.object]
	switch {
	case !known:
		return missing(http.StatusNotFound, "payment_intent", r.object, "intent")
	case pi.Status == succeeded || pi.Status == canceled:
		return unexpectedState(pi, "cancel")
	}
	pi.Status, pi.NextAction = canceled, nil
	return ok(pi, change{Intents: []intent{pi}, Events: []event{r.announce("payment_intent.canceled", pi)}})
}
