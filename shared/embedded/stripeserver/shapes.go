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

// paymentMethod is Stripe's PaymentMethod, and the card that it behaves like.
type paymentMethod struct {
	ID          string   `json:"id"`
	Object      string   `json:"object"`
	Type        string   `json:"type"`
	Card        cardFace `json:"card"`
	Created     int64    `json:"created"`
	Livemode    bool     `json:"livemode"`
	SandboxCard string   `json:"sandbox_card"`
}

type cardFace struct {
	Brand    string `json:"brand"`
	Last4    string `json:"last4"`
	ExpMonth int    `json:"exp_month"`
	ExpYear  int    `json:"exp_year"`
	Country  string `json:"country"`
	Funding  string `json:"funding"`
}

// intent is Stripe's PaymentIntent.
type intent struct {
	ID                 string            `json:"id"`
	Object             string            `json:"object"`
	Amount             int64             `json:"amount"` // cents, as all amounts here
	AmountReceived     int64             `json:"amount_received"`
	CanceledAt         *int64            `json:"canceled_at"`
	CancellationReason *string           `json:"cancellation_reason"`
	CaptureMethod      string            `json:"capture_method"`
	ClientSecret       string            `json:"client_secret"`
	ConfirmationMethod string            `json:"confirmation_method"`
	Created            int64             `json:"created"` // Unix seconds, as all times here
	Currency           string            `json:"currency"`
	LastPaymentError   *failure          `json:"last_payment_error"`
	LatestCharge       string            `json:"latest_charge,omitempty"`
	Livemode           bool              `json:"livemode"`
	Metadata           map[string]string `json:"metadata"`
	NextAction         *nextAction       `json:"next_action"`
	PaymentMethod      *string           `json:"payment_method"`
	PaymentMethodTypes []string          `json:"payment_method_types"`
	Status             string            `json:"status"`
}

// expandedIntent is an intent with its charge in full.
type expandedIntent struct {
	intent
	LatestCharge *charge `json:"latest_charge"`
}

type nextAction struct {
	Type         string         `json:"type"`
	UseStripeSDK map[string]any `json:"use_stripe_sdk"`
}

// charge is Stripe's Charge: money that moved, or a card that said no.
type charge struct {
	ID             string            `json:"id"`
	Object         string            `json:"object"`
	Amount         int64             `json:"amount"`
	AmountCaptured int64             `json:"amount_captured"`
	AmountRefunded int64             `json:"amount_refunded"`
	Captured       bool              `json:"captured"`
	Created        int64             `json:"created"`
	Currency       string            `json:"currency"`
	FailureCode    *string           `json:"failure_code"`
	FailureMessage *string           `json:"failure_message"`
	Livemode       bool              `json:"livemode"`
	Metadata       map[string]string `json:"metadata"`
	Paid           bool              `json:"paid"`
	PaymentIntent  string            `json:"payment_intent"`
	PaymentMethod  *string           `json:"payment_method"`
	Refunded       bool              `json:"refunded"`
	Status         string            `json:"status"` // succeeded or failed
}

// refund is Stripe's Refund, always of the whole charge.
type refund struct {
	ID            string            `json:"id"`
	Object        string            `json:"object"`
	Amount        int64             `json:"amount"`
	Charge        string            `json:"charge"`
	Created       int64             `json:"created"`
	Currency      string            `json:"currency"`
	Metadata      map[string]string `json:"metadata"`
	PaymentIntent string            `json:"payment_intent"`
	Reason        *string           `json:"reason"`
	Status        string            `json:"status"`
}

// newID returns a random id of Stripe's kind: pi_ and 24 letters and digits.
func newID(prefix string) string {
	return prefix + "_" + rand.Text()[:24]
}
