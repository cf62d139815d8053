package stripeserver

import "crypto/rand"

const (
	apiVersion = "2023-10-16"
	currency   = "usd"
)

// The states of an intent.
const (
	requiresPaymentMethod = "requires_payment_method"
	requiresConfirmation  = "requires_confirmation"
	requiresAction        = "requires_action"
	succeeded             = "succeeded"
	canceled              = "canceled"
)

// The states of a refund, beside succeeded; and of a dispute.
const (
	pending       = "pending"
	failed        = "failed"
	needsResponse = "needs_response"
	won           = "won"
	lost          = "lost"
)

// The objects have Stripe's names, and of its fields those that a client of ours may want. Amounts are cents, times
// are Unix seconds.

type paymentMethod struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Type    string `json:"type"`
	Created int64  `json:"created"`
}

type intent struct {
	ID               string            `json:"id"`
	Object           string            `json:"object"`
	Amount           int64             `json:"amount"`
	ClientSecret     string            `json:"client_secret"`
	Created          int64             `json:"created"`
	Currency         string            `json:"currency"`
	LastPaymentError *failure          `json:"last_payment_error"`
	LatestCharge     string            `json:"latest_charge,omitempty"`
	Metadata         map[string]string `json:"metadata"`
	NextAction       *nextAction       `json:"next_action"`
	PaymentMethod    string            `json:"payment_method,omitempty"`
	Status           string            `json:"status"`
}

// card is the one that the intent would charge.
func (pi intent) card() card {
	c, _ := cardOf(pi.PaymentMethod)
	return c
}

type nextAction struct {
	Type         string            `json:"type"`
	UseStripeSDK map[string]string `json:"use_stripe_sdk"`
}

// charge is money that moved.
type charge struct {
	ID             string            `json:"id"`
	Object         string            `json:"object"`
	Amount         int64             `json:"amount"`
	AmountRefunded int64             `json:"amount_refunded"`
	Created        int64             `json:"created"`
	Currency       string            `json:"currency"`
	Disputed       bool              `json:"disputed"`               // and no refund is possible
	Lost           int64             `json:"sandbox_lost,omitempty"` // cents, by disputes
	Metadata       map[string]string `json:"metadata"`
	Paid           bool              `json:"paid"`
	PaymentIntent  string            `json:"payment_intent"`
	Refunded       bool              `json:"refunded"`
	Status         string            `json:"status"`
}

// refund is money of a charge, on its way back.
type refund struct {
	ID            string `json:"id"`
	Object        string `json:"object"`
	Amount        int64  `json:"amount"`
	Charge        string `json:"charge"`
	Created       int64  `json:"created"`
	Currency      string `json:"currency"`
	PaymentIntent string `json:"payment_intent"`
	Status        string `json:"status"`
}

// dispute is a bank that wants the money of a charge back.
type dispute struct {
	ID            string `json:"id"`
	Object        string `json:"object"`
	Amount        int64  `json:"amount"`
	Charge        string `json:"charge"`
	Created       int64  `json:"created"`
	Currency      string `json:"currency"`
	PaymentIntent string `json:"payment_intent"`
	Status        string `json:"status"`
}

// newID returns a random id of Stripe's kind: pi_ and 24 letters and digits.
func newID(prefix string) string {
	return prefix + "_" + rand.Text()[:24]
}
