package gateway

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/stripe/stripe-go/v76"
)

const (
	currency     = "usd"
	maxKeyLength = 200 // Stripe takes 255 bytes; the rest is for the suffixes
)

// Attempt is one try to charge an order.
type Attempt struct {
	// Key is the caller's idempotency key, stored before the call. Each request
	// that the attempt makes sends it with a suffix of its own.
	Key         string
	OrderID     int32
	PaymentID   int32
	AmountCents int64
	Token       string // tok_… or pm_…
}

// Prepare creates an intent that is not confirmed: no money moves. Asked again
// with the same Attempt it returns the same intent.
//
// Errors: ErrDeclined when Stripe does not know the token, ErrUnavailable.
func (g *Gateway) Prepare(ctx context.Context, a Attempt) (_ Intent, err error) {
	if err := checkKey(a.Key); err != nil {
		return Intent{}, err
	}
	if a.AmountCents <= 0 {
		return Intent{}, fmt.Errorf("gateway: prepare: amount of %d cents", a.AmountCents)
	}
	ctx, end := g.call(ctx, "prepare")
	defer func() { end(err) }()
	method, err := g.paymentMethod(ctx, a)
	if err != nil {
		return Intent{}, err
	}
	pi, err := g.intents.New(&stripe.PaymentIntentParams{
		Params:             params(ctx, a.Key+"-intent"),
		Amount:             &a.AmountCents,
		Currency:           stripe.String(currency),
		PaymentMethod:      &method,
		PaymentMethodTypes: stripe.StringSlice([]string{"card"}),
		ConfirmationMethod: stripe.String(string(stripe.PaymentIntentConfirmationMethodAutomatic)),
		Metadata: map[string]string{
			"order_id":   strconv.FormatInt(int64(a.OrderID), 10),
			"payment_id": strconv.FormatInt(int64(a.PaymentID), 10),
		},
	})
	if err != nil {
		return Intent{}, wrap("prepare", err)
	}
	return intentOf(pi), nil
}

// paymentMethod returns the id of the attempt's payment method, made from its token if need be.
func (g *Gateway) paymentMethod(ctx context.Context, a Attempt) (string, error) {
	switch {
	case strings.HasPrefix(a.Token, "pm_"):
		return a.Token, nil
	case !strings.HasPrefix(a.Token, "tok_"):
		return "", fmt.Errorf("gateway: prepare: %w: neither a token nor a payment method", ErrDeclined)
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

func checkKey(key string) error {
	if key == "" || len(key) > maxKeyLength {
		return errors.New("gateway: an idempotency key has 1 to 200 bytes")
	}
	return nil
}
