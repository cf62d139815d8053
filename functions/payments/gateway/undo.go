package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/stripe/stripe-go/v76"
)

// Cancel closes the intent, so that no late confirm of it can succeed. It returns the intent as it then stands:
// Cancelled, or Succeeded if it had succeeded before.
//
// Errors: ErrUnavailable, also while a confirm is under way: ask again later.
func (g *Gateway) Cancel(ctx context.Context, key, intentID string) (_ Intent, err error) {
	ctx, end := g.call(ctx, "cancel")
	defer func() { end(err) }()
	var pi *stripe.PaymentIntent
	err = repeatable(key+"-cancel", func(key string) (err error) {
		pi, err = g.intents.Cancel(intentID, &stripe.PaymentIntentCancelParams{Params: params(ctx, key)})
		return err
	})
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

// Refund sends all of the intent's money back. Money that went back before is no error.
//
// Errors: ErrUnavailable; a plain error when there is no money to send back.
func (g *Gateway) Refund(ctx context.Context, key, intentID string) (err error) {
	ctx, end := g.call(ctx, "refund")
	defer func() { end(err) }()
	var back *stripe.Refund
	err = repeatable(key+"-refund", func(key string) (err error) {
		back, err = g.refunds.New(&stripe.RefundParams{Params: params(ctx, key), PaymentIntent: &intentID})
		return err
	})
	switch failure := (*stripe.Error)(nil); {
	case errors.As(err, &failure) && failure.Code == stripe.ErrorCodeChargeAlreadyRefunded:
		return nil
	case err != nil:
		return wrap("refund", err)
	case back.Status == stripe.RefundStatusFailed || back.Status == stripe.RefundStatusCanceled:
		return fmt.Errorf("gateway: refund %s: %s", back.ID, back.Status)
	}
	return nil
}

// repeatable makes a call that the state of the intent keeps from happening twice, with any key: a cancel, or a
// refund of everything. Stripe repeats a stored failure of its own for a day to whoever sends that key again, so such
// an answer is asked for once more under a fresh key.
func repeatable(key string, call func(key string) error) error {
	err := call(key)
	var failure *stripe.Error
	if errors.As(err, &failure) && failure.HTTPStatusCode >= http.StatusInternalServerError &&
		failure.LastResponse != nil && failure.LastResponse.Header.Get("Idempotent-Replayed") == "true" {
		return call(stripe.NewIdempotencyKey())
	}
	return err
}
