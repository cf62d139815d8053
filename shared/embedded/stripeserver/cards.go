package stripeserver

import "strings"

// outcome is what happens when a card is charged.
type outcome int

const (
	pays         outcome = iota
	declines             // 402
	asksTheBuyer         // 3-D Secure
	isSlow               // charges after a while
	isSilent             // charges, and never says so
	breaks               // 500, no charge
)

// card is how one of the test cards behaves.
type card struct {
	name        string
	outcome     outcome
	brand       string
	last4       string
	code        string // of the decline
	declineCode string
	message     string
}

// cardFor returns the card behind a token or a ready-made payment method.
func cardFor(token string) (card, bool) {
	name, ok := strings.CutPrefix(token, "tok_")
	if !ok {
		name, ok = strings.CutPrefix(token, "pm_card_")
	}
	if fault, isFault := strings.CutPrefix(token, "pm_"); !ok && isFault && strings.HasPrefix(fault, "sandbox_") {
		name, ok = fault, true
	}
	if !ok {
		return card{}, false
	}
	return cardNamed(name)
}

func cardNamed(name string) (card, bool) {
	c := card{name: name, brand: "visa", last4: "4242"}
	switch name {
	case "visa":
	case "mastercard":
		c.brand, c.last4 = "mastercard", "4444"
	case "amex":
		c.brand, c.last4 = "amex", "8431"
	case "chargeDeclined":
		c = c.declining("0002", "card_declined", "generic_decline", "Your card was declined.")
	case "chargeDeclinedInsufficientFunds":
		c = c.declining("9995", "card_declined", "insufficient_funds", "Your card has insufficient funds.")
	case "chargeDeclinedExpiredCard":
		c = c.declining("0069", "expired_card", "expired_card", "Your card has expired.")
	case "threeDSecure2Required", "authenticationRequired":
		c.outcome, c.last4 = asksTheBuyer, "3220"
	case "sandbox_slow":
		c.outcome = isSlow
	case "sandbox_timeout":
		c.outcome = isSilent
	case "sandbox_error":
		c.outcome = breaks
	default:
		return card{}, false
	}
	return c, true
}

func (c card) declining(last4, code, declineCode, message string) card {
	c.outcome, c.last4, c.code, c.declineCode, c.message = declines, last4, code, declineCode, message
	return c
}

// method makes a payment method of the card.
func (c card) method(now int64) paymentMethod {
	return paymentMethod{
		ID:          newID("pm"),
		Object:      "payment_method",
		Type:        "card",
		Card:        cardFace{Brand: c.brand, Last4: c.last4, ExpMonth: 12, ExpYear: 2040, Country: "US", Funding: "credit"},
		Created:     now,
		SandboxCard: c.name,
	}
}

// cardOf returns the card that an intent would charge.
func (b *books) cardOf(pi intent) card {
	if pi.PaymentMethod == nil {
		return card{}
	}
	c, _ := cardNamed(b.methods[*pi.PaymentMethod].SandboxCard)
	return c
}
