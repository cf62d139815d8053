package gateway

import (
	"context"
	"errors"
	"fmt"

	"github.com/stripe/stripe-go/v76"
)

// Cancel closes the intent, so that no late confirm of it can succeed. It returns the intent as it then stands:
// Cancelled, or Succeeded if it had succeeded before.
//
// Errors: ErrUnavailable, also while a confirm is under way: ask again later; ErrRefused. Beside ErrUnknown the next try
// sends the same key, else another.
func (g *Gateway) Cancel(ctx context.Context, key, intentID string) (_ Intent, err error) {
	ctx, end := g.call(ctx, "cancel")
	defer func() { end(err) }()
	pi, err := g.intents.Cancel(intentID, &stripe.PaymentIntentCancelParams{Params: params(ctx, key+"-cancel")})
	if unexpectedState(err) {
		return g.final(ctx, intentID)
	}
	if err != nil {
		return Intent{}, wrap("cancel", err)
	}
	return intentOf(pi), nil
}

// final returns an intent that could not be canceled because its state is final.
func (g *Gateway) final(ctx context.Context, intentID string) (Intent, error) {
	intent, err := g.Find(ctx, intentID)
	if err == nil && intent.Status != Succeeded && intent.Status != Cancelled {
		return intent, fmt.Errorf("gateway: cancel: %w: still %s", ErrUnavailable, intent.Status)
	}
	return intent, err
}

// Refund asks Stripe to send back what is left of the intent's money, and returns how far that is. That nothing was left is
// no error.
//
// Errors: ErrUnavailable; ErrRefused when there is no money to send back. Beside ErrUnknown the next try sends the same
// key, else another.
func (g *Gateway) Refund(ctx context.Context, key, intentID string) (r Reversals, err error) {
	ctx, end := g.call(ctx, "refund")
	defer func() { end(err) }()
	sent, err := g.refunds.New(&stripe.RefundParams{Params: params(ctx, key+"-refund"), PaymentIntent: &intentID})
	if failure := (*stripe.Error)(nil); errors.As(err, &failure) && failure.Code == stripe.ErrorCodeChargeAlreadyRefunded {
		return Reversals{}, nil
	}
	if err != nil {
		return Reversals{}, wrap("refund", err)
	}
	return refundsOf(sent), nil
}
