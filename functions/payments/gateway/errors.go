package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/stripe/stripe-go/v76"
)

var (
	// ErrDeclined means that the buyer's card, token or payment method will not do. No money moved.
	ErrDeclined = errors.New("card declined")
	// ErrUnavailable means that Stripe gave no answer, or asked to come back later. Whether the call had its effect is
	// unknown until Find says so.
	ErrUnavailable = errors.New("payment gateway unavailable")
)

// wrap names the operation and the kind of a failure, and leaves out what must not be logged.
func wrap(operation string, err error) error {
	var failure *stripe.Error
	if !errors.As(err, &failure) {
		return fmt.Errorf("gateway: %s: %w: %w", operation, ErrUnavailable, transport(err))
	}
	text := fmt.Sprintf("status %d type %q code %q decline code %q param %q request %q", failure.HTTPStatusCode,
		failure.Type, failure.Code, failure.DeclineCode, failure.Param, failure.RequestID)
	switch {
	case passing(failure):
		return fmt.Errorf("gateway: %s: %w: %s", operation, ErrUnavailable, text)
	case buyersFault(failure):
		return fmt.Errorf("gateway: %s: %w: %s", operation, ErrDeclined, text)
	default:
		return fmt.Errorf("gateway: %s: refused by Stripe: %s", operation, text)
	}
}

// transport keeps the cause of a failed exchange, without its URL and without the piece of the answer that stripe-go
// quotes when it cannot read one.
func transport(err error) error {
	var exchange *url.Error
	switch {
	case errors.As(err, &exchange):
		return exchange.Err
	case errors.Is(err, context.DeadlineExceeded):
		return context.DeadlineExceeded
	case errors.Is(err, context.Canceled):
		return context.Canceled
	default:
		return errors.New("no readable answer")
	}
}

// passing reports whether Stripe has failed or is busy, and has not refused.
func passing(failure *stripe.Error) bool {
	return failure.HTTPStatusCode >= http.StatusInternalServerError ||
		failure.HTTPStatusCode == http.StatusTooManyRequests || // rate limit, or lock_timeout
		failure.HTTPStatusCode == http.StatusConflict || // the key's first request is still under way
		failure.Type == stripe.ErrorTypeAPI ||
		failure.Code == stripe.ErrorCodeLockTimeout
}

// buyersFault reports whether the card is to blame, or the token that stands for it.
func buyersFault(failure *stripe.Error) bool {
	return failure.HTTPStatusCode == http.StatusPaymentRequired || failure.Type == stripe.ErrorTypeCard ||
		failure.Code == stripe.ErrorCodeTokenAlreadyUsed || failure.Type == stripe.ErrorTypeInvalidRequest &&
		slices.Contains([]string{"card", "card[token]", "token", "payment_method"}, failure.Param)
}

// unexpectedState reports whether the intent stands where the call cannot move it.
func unexpectedState(err error) bool {
	var failure *stripe.Error
	return errors.As(err, &failure) && failure.Code == stripe.ErrorCodePaymentIntentUnexpectedState
}
