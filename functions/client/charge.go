package client

import (
	"context"
	"errors"
	"time"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

// charge is what payments knows of an order's money. Nothing that a page says of money rests on anything else, but for what
// orders knows: that the order is complete, or was refunded.
type charge string

const (
	chargeNotAsked charge = ""
	chargeUnknown  charge = "unknown" // payments is unavailable
	chargeNone     charge = "none"    // there was no attempt to pay
	chargeFailed   charge = "failed"  // nothing was charged by the last attempt, nor by any other
	chargeAction   charge = "action"  // the buyer's second step is to be done, or was done and payments has yet to learn of it
	chargePending  charge = "pending" // whether it is charged is not known yet
	chargeMade     charge = "charged"
	chargeRefunded charge = "refunded"
)

// chargeWithin is how long a page waits for payments before it says that it does not know.
const chargeWithin = 2 * time.Second

// chargeOf asks payments about the visitor's order. Errors: apierror.ErrNotAuthorized.
func chargeOf(ctx context.Context, v visit, orderID int32) (charge, error) {
	ctx, cancel := context.WithTimeout(ctx, chargeWithin)
	defer cancel()
	known, err := v.api.OrderPayment(ctx, orderID)
	switch {
	case errors.Is(err, api.ErrNotYoursToPay): // payments refuses the session; the order is the visitor's
		return chargeUnknown, err
	case errors.Is(err, api.ErrNoSuchOrder):
		return chargeNone, nil
	case err != nil:
		function.LogFailure(ctx, err)
		return chargeUnknown, nil
	case known.Payment == nil:
		return chargeNone, nil
	case known.NeedsAction:
		return chargeAction, nil
	}
	switch known.Payment.Status {
	case event.PaymentFailed:
		return chargeFailed, nil
	case event.PaymentSucceeded:
		return chargeMade, nil
	case event.PaymentIsRefunded:
		return chargeRefunded, nil
	}
	return chargePending, nil
}

// Ended says what became of the money of an order that ended unpaid.
func (c charge) Ended() string {
	switch c {
	case chargeNone, chargeFailed:
		return "Nothing was charged."
	case chargeUnknown:
		return "We cannot look up just now whether anything was charged. If it was, it goes back to your card by itself."
	case chargeRefunded:
		return "What was charged went back to your card."
	}
	return "A payment had begun, and we do not know yet what became of it. If your card was charged, the money goes back by itself."
}

// Open says what is known of the money of an order that is to be paid, if it is anything to know.
func (c charge) Open() string {
	switch c {
	case chargeFailed:
		return "The last attempt to pay did not succeed. Nothing was charged."
	case chargeAction:
		return "A payment has begun. If you have confirmed it at your bank, wait a moment: we do not know of it yet. " +
			"Otherwise you may pay again; you will not be charged twice."
	case chargeUnknown:
		return "We cannot look up just now whether a payment has begun. Whatever you do, you will not be charged twice."
	}
	return ""
}
