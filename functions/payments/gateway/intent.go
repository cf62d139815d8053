package gateway

import "github.com/stripe/stripe-go/v76"

// Status is where an intent stands, in Stripe's own words. Only Succeeded and Cancelled are final; a word that is not
// listed here is neither.
type Status string

// The states of an intent.
const (
	NeedsPaymentMethod Status = "requires_payment_method" // the card was declined: another is needed
	NeedsConfirmation  Status = "requires_confirmation"   // prepared; nothing was charged
	NeedsAction        Status = "requires_action"         // the buyer must authenticate with ClientSecret
	Processing         Status = "processing"              // Stripe is at it
	Succeeded          Status = "succeeded"               // the money moved
	Cancelled          Status = "canceled"                // no money moved, and none will
)

// Intent is Stripe's record of one attempt to charge.
type Intent struct {
	ID           string
	Status       Status
	ClientSecret string // lets the buyer's browser finish a NeedsAction; not for logs
	ChargeID     string // empty until the intent has succeeded
	AmountCents  int64
	Currency     string
}

func intentOf(pi *stripe.PaymentIntent) Intent {
	intent := Intent{
		ID:           pi.ID,
		Status:       Status(pi.Status),
		ClientSecret: pi.ClientSecret,
		AmountCents:  pi.Amount,
		Currency:     string(pi.Currency),
	}
	if intent.Status == Succeeded && pi.LatestCharge != nil { // a declined charge is one, too
		intent.ChargeID = pi.LatestCharge.ID
	}
	return intent
}
