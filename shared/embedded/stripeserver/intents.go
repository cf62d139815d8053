package stripeserver

import (
	"net/http"
	"slices"
	"strconv"
)

const (
	minAmount = 50       // cents
	maxAmount = 99999999 // cents
)

func unknownURL(_ *books, r request) (change, reply) {
	return change{}, refuse(http.StatusNotFound, "", "", "Unrecognized request URL (%s: %s).", r.method, r.path)
}

func createMethod(_ *books, r request) (change, reply) {
	if name, bad := r.unknown("type", "card[token]"); bad {
		return change{}, refuse(http.StatusBadRequest, "parameter_unknown", name, "Received unknown parameter: %s", name)
	}
	if r.form.Get("type") != "card" {
		return change{}, refuse(http.StatusBadRequest, "parameter_missing", "type", "Only cards are sold here: type=card.")
	}
	token := r.form.Get("card[token]")
	if token == "" {
		return change{}, refuse(http.StatusBadRequest, "parameter_missing", "card[token]", "Missing required param: card[token].")
	}
	c, ok := cardFor(token)
	if !ok {
		return change{}, missing(http.StatusBadRequest, "token", token, "card[token]")
	}
	pm := c.method(r.now)
	return change{Methods: []paymentMethod{pm}}, reply{status: http.StatusOK, body: pm}
}

func createIntent(b *books, r request) (change, reply) {
	amount, refusal := checkIntent(r)
	if refusal != nil {
		return change{}, *refusal
	}
	pi := intent{
		ID:                 newID("pi"),
		Object:             "payment_intent",
		Amount:             amount,
		CaptureMethod:      "automatic",
		ConfirmationMethod: "automatic",
		Created:            r.now,
		Currency:           currency,
		Metadata:           r.metadata(),
		PaymentMethodTypes: []string{"card"},
		Status:             requiresPaymentMethod,
	}
	pi.ClientSecret = newID(pi.ID + "_secret")
	var c change
	if id := r.form.Get("payment_method"); id != "" {
		if _, known := b.methods[id]; !known {
			made, ok := cardFor(id) // pm_card_visa and its like stand for a new method each time
			if !ok {
				return change{}, missing(http.StatusBadRequest, "PaymentMethod", id, "payment_method")
			}
			pm := made.method(r.now)
			id, c.Methods = pm.ID, []paymentMethod{pm}
		}
		pi.PaymentMethod, pi.Status = &id, requiresConfirmation
	}
	c.Intents = []intent{pi}
	return c, reply{status: http.StatusOK, body: pi}
}

// checkIntent returns the amount in cents of an intent to be made, or why it may not be.
func checkIntent(r request) (int64, *reply) {
	bad := func(code, param, format string, args ...any) (int64, *reply) {
		out := refuse(http.StatusBadRequest, code, param, format, args...)
		return 0, &out
	}
	if name, unknown := r.unknown("amount", "currency", "payment_method", "payment_method_types", "confirmation_method", "metadata"); unknown {
		return bad("parameter_unknown", name, "Received unknown parameter: %s", name)
	}
	amount, err := strconv.ParseInt(r.form.Get("amount"), 10, 64)
	switch {
	case r.form.Get("amount") == "":
		return bad("parameter_missing", "amount", "Missing required param: amount.")
	case err != nil:
		return bad("parameter_invalid_integer", "amount", "Invalid integer: %s", r.form.Get("amount"))
	case amount < minAmount:
		return bad("amount_too_small", "amount", "Amount must be at least $0.50 usd")
	case amount > maxAmount:
		return bad("amount_too_large", "amount", "Amount must be no more than $999,999.99")
	case r.form.Get("currency") != currency:
		return bad("parameter_missing", "currency", "The sandbox knows one currency: usd.")
	case !slices.Equal(r.list("payment_method_types"), []string{"card"}):
		return bad("parameter_missing", "payment_method_types", "The sandbox knows one way to pay: card.")
	case r.form.Get("confirmation_method") != "automatic" && r.form.Has("confirmation_method"):
		return bad("", "confirmation_method", "The sandbox confirms automatically only.")
	}
	return amount, nil
}

func getIntent(b *books, r request) (change, reply) {
	pi, ok := b.intents[r.id]
	if !ok {
		return change{}, missing(http.StatusNotFound, "payment_intent", r.id, "intent")
	}
	if ch, charged := b.charges[pi.LatestCharge]; charged && slices.Contains(r.list("expand"), "latest_charge") {
		return found(expandedIntent{intent: pi, LatestCharge: &ch})
	}
	return found(pi)
}

func cancelIntent(b *books, r request) (change, reply) {
	pi, ok := b.intents[r.id]
	if !ok {
		return change{}, missing(http.StatusNotFound, "payment_intent", r.id, "intent")
	}
	if pi.Status == succeeded || pi.Status == canceled {
		return change{}, unexpectedState(pi, "cancel")
	}
	pi.Status, pi.CanceledAt, pi.NextAction = canceled, &r.now, nil
	return change{Intents: []intent{pi}, Events: []event{r.announce("payment_intent.canceled", pi)}},
		reply{status: http.StatusOK, body: pi}
}
