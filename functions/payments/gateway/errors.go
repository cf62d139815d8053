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
	// ErrUnavailable means that Stripe gave no answer, or refused for a reason that will pass: its load, a lock, a key that was
	// rotated, a balance that is too low. It is worth another try, later.
	ErrUnavailable = errors.New("payment gateway unavailable")
	// ErrUnknown is beside ErrUnavailable where the call may have had its effect, or may still have it: another try sends the
	// same idempotency key. After any other error there was no effect, and Stripe repeats its answer to that key for a day:
	// another try sends a new one.
	ErrUnknown = errors.New("outcome unknown")
	// ErrRefused means that Stripe will not do it, however often it is asked. No money moved.
	ErrRefused = errors.New("refused by Stripe")
	// ErrAmount is an ErrRefused: so little, or so much, cannot be charged in the currency of the account.
	ErrAmount = fmt.Errorf("%w: amount", ErrRefused)
)

// wrap names the operation and the kind of a failure, and leaves out what must not be logged.
func wrap(operation string, err error) error {
	var failure *stripe.Error
	if !errors.As(err, &failure) {
		return fmt.Errorf("gateway: %s: %w: %w: %w", operation, ErrUnavailable, ErrUnknown, transport(err))
	}
	text := fmt.Sprintf("status %d type %q code %q decline code %q param %q request %q", failure.HTTPStatusCode,
		failure.Type, failure.Code, failure.DeclineCode, failure.Param, failure.RequestID)
	kind := ErrRefused
	switch {
	case undecided(failure):
		kind = fmt.Errorf("%w: %w", ErrUnavailable, ErrUnknown)
	case passing(failure):
		kind = ErrUnavailable
	case failure.Code == stripe.ErrorCodeAmountTooSmall, failure.Code == stripe.ErrorCodeAmountTooLarge:
		kind = ErrAmount
	case buyersFault(failure):
		kind = ErrDeclined
	}
	return fmt.Errorf("gateway: %s: %w: %s", operation, kind, text)
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

// undecided reports whether the call may have had its effect. A failure that Stripe repeats from its store decides nothing
// either, and tells no more however often its key is sent: that key is of no use anymore.
func undecided(failure *stripe.Error) bool {
	repeated := failure.LastResponse != nil && failure.LastResponse.Header.Get("Idempotent-Replayed") == "true"
	return failure.HTTPStatusCode == http.StatusConflict || // the key's first request is still under way
		failure.HTTPStatusCode >= http.StatusInternalServerError && !repeated
}

// passing reports whether Stripe has failed or is busy, or refuses what it will do once an operator, or time, has helped.
func passing(failure *stripe.Error) bool {
	switch failure.HTTPStatusCode {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests: // the key, its permissions, rate limit or lock_timeout
		return true
	}
	return failure.HTTPStatusCode >= http.StatusInternalServerError || failure.Type == stripe.ErrorTypeAPI ||
		failure.Code == stripe.ErrorCodeLockTimeout || failure.Code == stripe.ErrorCodeBalanceInsufficient
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
