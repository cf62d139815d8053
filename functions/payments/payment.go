package payments

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gittix/ticketing/functions/payments/gateway"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/money"
	"github.com/gittix/ticketing/shared/timestamp"
)

// The errors of this service.
var (
	ErrInvalidOrderID   = apierror.New(http.StatusBadRequest, "Invalid orderId.").On("orderId", "Invalid orderId.")
	ErrOrderNotFound    = apierror.New(http.StatusBadRequest, "Order not found.")
	ErrNoSuchOrder      = apierror.New(http.StatusNotFound, "Order not found.")
	ErrNotTheBuyer      = apierror.New(http.StatusUnauthorized, "Not Authorized.")
	ErrOrderCancelled   = apierror.New(http.StatusBadRequest, "Order is cancelled.")
	ErrOrderExpired     = apierror.New(http.StatusBadRequest, "Order is expired.")
	ErrNotPayable       = apierror.New(http.StatusConflict, "Order cannot be paid.")
	ErrPaid             = apierror.New(http.StatusConflict, "Order is already paid.")
	ErrInProgress       = apierror.New(http.StatusConflict, "Payment in progress.")
	ErrTooManyAttempts  = apierror.New(http.StatusTooManyRequests, "Too many payment attempts.")
	ErrNotChargeable    = apierror.New(http.StatusUnprocessableEntity, "Amount cannot be charged.")
	ErrRefused          = apierror.New(http.StatusUnprocessableEntity, "Payment refused.")
	ErrChargeFailed     = apierror.New(http.StatusBadRequest, "Stripe charge failed.")
	ErrInvalidSignature = apierror.New(http.StatusBadRequest, "Invalid signature.")
)

const orderNewsWithin = time.Minute // of what has become of an order whose time is up

// Order is this service's copy of an order.
type Order struct {
	ID               int32
	UserID           int32
	Status           event.OrderStatus
	Price            money.Cents
	ExpiresAt        timestamp.Time
	HeldUntil        *timestamp.Time // beyond that, for a payment that had begun; nil: it was not
	AwaitedPaymentID int32           // a payment that the order will be kept for, or is; 0: none
}

// Payable returns nil if the user may pay the order now.
// Errors: ErrNotTheBuyer, ErrOrderCancelled, ErrPaid, ErrNotPayable, ErrOrderExpired.
func (o Order) Payable(userID int32, now time.Time) error {
	switch {
	case o.UserID != userID:
		return ErrNotTheBuyer
	case o.Status == event.OrderIsCancelled:
		return ErrOrderCancelled
	case o.Status == event.OrderIsComplete:
		return ErrPaid
	case !o.Status.Known():
		return ErrNotPayable
	case !now.Before(o.ExpiresAt.Time):
		return ErrOrderExpired
	}
	return nil
}

// Waits reports whether the order may be kept for a payment that has begun. What orders decides when its time is up takes a while
// to arrive, and nothing is guessed of a status that is not known.
func (o Order) Waits(now time.Time) bool {
	ends := o.ExpiresAt
	if o.HeldUntil != nil {
		ends = *o.HeldUntil
	}
	return !o.Status.Known() || o.Status == event.OrderIsCreated && now.Before(ends.Add(orderNewsWithin))
}

// Payment is one attempt to charge an order:
//
//	pending ──▶ succeeded ◀──▶ refunded
//	   └──▶ failed
type Payment struct {
	event.Payment
	Key         string      `json:"-"` // the idempotency key, stored before Stripe is asked
	IntentID    string      `json:"-"` // Stripe's PaymentIntent; "": no money can have moved
	NeedsAction bool        `json:"-"` // the buyer has a second step to do
	Amount      money.Cents `json:"-"`

	UndoCalls     int        `json:"-"` // calls to cancel or refund it whose outcome is known
	OwedSince     *time.Time `json:"-"` // since when its money is to go back; nil: it is ours
	Attempts      int        `json:"-"` // to send it back
	NextAttemptAt *time.Time `json:"-"` // nil: there is nothing to send back
}

// undoKey is the idempotency key of the next call to cancel or refund the payment. Stripe repeats its answer to a key for
// a day: after a call whose outcome is known, it is another.
func (p *Payment) undoKey() string {
	if p.UndoCalls == 0 {
		return p.Key
	}
	return p.Key + "-" + strconv.Itoa(p.UndoCalls)
}

// Settle moves a pending payment to where its intent stands, and reports whether it stood elsewhere. Any other payment
// stays as it is, and so does one of another intent: what was learned before there was an intent counts for nothing.
func (p *Payment) Settle(intent gateway.Intent) (moved bool) {
	if p.Status != event.PaymentPending || intent.ID != p.IntentID {
		return false
	}
	before := *p
	p.NeedsAction = intent.Status == gateway.NeedsAction
	switch intent.Status {
	case gateway.Succeeded:
		p.Status = event.PaymentSucceeded
		p.StripeCharge = event.Charge{ID: intent.ChargeID, Amount: intent.AmountCents, Currency: intent.Currency, Status: "succeeded"}
	case gateway.Cancelled:
		p.Status = event.PaymentFailed
	}
	return *p != before
}
