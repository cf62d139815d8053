package stripeserver

import "strings"

// outcome is what happens when a card is charged.
type outcome int

const (
	pays     outcome = iota
	declines         // 402
	asks             // 3-D Secure
	slow             // charges after a while
	silent           // charges, and does not answer
	breaks           // 500, and no charge
)

// card is how one of the test cards behaves.
type card struct {
	outcome     outcome
	code        string // of the decline
	refund      string // how a refund begins; "": it succeeds at once
	disputed    bool   // as soon as it is charged
	declineCode string
	message     string
}

var cards = map[string]card{
	"visa":                            {},
	"mastercard":                      {},
	"amex":                            {},
	"chargeDeclined":                  {outcome: declines, code: "card_declined", declineCode: "generic_decline", message: "Your card was declined."},
	"chargeDeclinedInsufficientFunds": {outcome: declines, code: "card_declined", declineCode: "insufficient_funds", message: "Your card has insufficient funds."},
	"chargeDeclinedExpiredCard":       {outcome: declines, code: "expired_card", declineCode: "expired_card", message: "Your card has expired."},
	"pendingRefund":                   {refund: pending},
	"refundFail":                      {},
	"createDispute":                   {disputed: true},
	"threeDSecure2Required":           {outcome: asks},
	"authenticationRequired":          {outcome: asks},
}

var faults = map[string]card{
	"pm_sandbox_slow":    {outcome: slow},
	"pm_sandbox_timeout": {outcome: silent},
	"pm_sandbox_error":   {outcome: breaks},
}

// cardOf returns the card behind a payment method: a ready-made one such as pm_card_visa, or one that createMethod has
// made, such as pm_card_visa_H3X….
func cardOf(method string) (card, bool) {
	if c, ok := faults[method]; ok {
		return c, true
	}
	name, ok := strings.CutPrefix(method, "pm_card_")
	if !ok {
		return card{}, false
	}
	name, _, _ = strings.Cut(name, "_")
	c, ok := cards[name]
	return c, ok
}

// createMethod makes a payment method of a token. Its id names the card, so that nothing needs to be remembered.
func createMethod(_ *state, r request) answer {
	if refused, bad := r.unknown("type", "card[token]"); bad {
		return refused
	}
	token := r.form.Get("card[token]")
	switch {
	case r.form.Get("type") != "card":
		return refuse(400, "parameter_missing", "type", "The sandbox knows one way to pay: type=card.")
	case token == "":
		return refuse(400, "parameter_missing", "card[token]", "Missing required param: card[token].")
	}
	name, _ := strings.CutPrefix(token, "tok_")
	if _, ok := cards[name]; !ok || name == token {
		return missing(400, "token", token, "card[token]")
	}
	return ok(paymentMethod{ID: newID("pm_card_" + name), Object: "payment_method", Type: "card", Created: r.now}, change{})
}
