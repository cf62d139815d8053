package gateway

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/stripe/stripe-go/v76"
)

// Attempt is one try to charge an order.
type Attempt struct {
	Key         string // the idempotency key, at most 200 bytes, stored before the call; each request adds a suffix of its own
	System      string // what marks the payments of this installation
	OrderID     int32
	PaymentID   int32
	AmountCents int64  // of US dollars
	Token       string // tok_… or pm_…
}

// Prepare creates an intent that is not confirmed: no money moves. Asked again with the same Attempt it returns the
// same intent.
//
// Errors: ErrDeclined when Stripe does not know the token, or cannot; ErrUnavailable.
func (g *Gateway) Prepare(ctx context.Context, a Attempt) (_ Intent, err error) {
	ctx, end := g.call(ctx, "prepare")
	defer func() { end(err) }()
	method, err := g.paymentMethod(ctx, a)
	if err != nil {
		return Intent{}, err
	}
	pi, err := g.intents.New(&stripe.PaymentIntentParams{
		Params:             params(ctx, a.Key+"-intent"),
		Amount:             &a.AmountCents,
		Currency:           stripe.String("usd"),
		PaymentMethod:      &method,
		PaymentMethodTypes: stripe.StringSlice([]string{"card"}),
		ConfirmationMethod: stripe.String(string(stripe.PaymentIntentConfirmationMethodAutomatic)),
		Metadata:           map[string]string{"system": a.System, "order_id": strconv.Itoa(int(a.OrderID)), "payment_id": strconv.Itoa(int(a.PaymentID))},
	})
	if err != nil {
		return Intent{}, wrap("prepare", err)
	}
	return intentOf(pi), nil
}

var tokenForm = regexp.MustCompile(`^(tok|pm)_[A-Za-z0-9_]{1,250}$`)

// paymentMethod returns the id of the attempt's payment method, made from its token if need be.
func (g *Gateway) paymentMethod(ctx context.Context, a Attempt) (string, error) {
	switch {
	case !tokenForm.MatchString(a.Token): // a card's number, say, which Stripe must not be sent
		return "", fmt.Errorf("gateway: prepare: %w: neither a token nor a payment method", ErrDeclined)
	case strings.HasPrefix(a.Token, "pm_"):
		return a.Token, nil
	}
	pm, err := g.methods.New(&stripe.PaymentMethodParams{
		Params: params(ctx, a.Key+"-method"),
		Type:   stripe.String(string(stripe.PaymentMethodTypeCard)),
		Card:   &stripe.PaymentMethodCardParams{Token: &a.Token},
	})
	if err != nil {
		return "", wrap("prepare", err)
	}
	return pm.ID, nil
}

// Confirm asks Stripe to charge the intent's card: money may move. It returns the intent as it then stands, which is
// also the answer when it could no longer be confirmed: Succeeded, NeedsAction, Processing, or Cancelled.
//
// Errors: ErrDeclined, after which the intent needs another card; ErrUnavailable, after which only Find knows whether
// the money moved.
func (g *Gateway) Confirm(ctx context.Context, key, intentID string) (_ Intent, err error) {
	ctx, end := g.call(ctx, "confirm")
	defer func() { end(err) }()
	pi, err := g.intents.Confirm(intentID, &stripe.PaymentIntentConfirmParams{
		Params:       params(ctx, key+"-confirm"),
		UseStripeSDK: stripe.Bool(true),
	})
	if unexpectedState(err) {
		return g.Find(ctx, intentID)
	}
	if err != nil {
		return Intent{}, wrap("confirm", err)
	}
	return intentOf(pi), nil
}

// Find returns the intent as it stands at Stripe. Errors: ErrUnavailable.
func (g *Gateway) Find(ctx context.Context, intentID string) (_ Intent, err error) {
	ctx, end := g.call(ctx, "find")
	defer func() { end(err) }()
	pi, err := g.intents.Get(intentID, &stripe.PaymentIntentParams{Params: stripe.Params{Context: ctx}})
	if err != nil {
		return Intent{}, wrap("find", err)
	}
	return intentOf(pi), nil
}
