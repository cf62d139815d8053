package orders

import (
	"errors"
	"net/http"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/money"
	"github.com/gittix/ticketing/shared/timestamp"
)

// Errors for clients.
var (
	ErrInvalidTicketID  = apierror.New(http.StatusBadRequest, "Invalid ticketId.").On("ticketId", "Invalid ticketId.")
	ErrTicketNotFound   = apierror.New(http.StatusBadRequest, "Ticket not found.")
	ErrReserved         = apierror.New(http.StatusBadRequest, "Ticket is already reserved.")
	ErrWithdrawn        = apierror.New(http.StatusBadRequest, "Ticket is no longer offered.")
	ErrOwnTicket        = apierror.New(http.StatusBadRequest, "You cannot order your own ticket.")
	ErrTooManyOpen      = apierror.New(http.StatusTooManyRequests, "Too many open orders.")
	ErrTooManyHolds     = apierror.New(http.StatusTooManyRequests, "Too many reservations of this ticket.")
	ErrTooManyOrders    = apierror.New(http.StatusTooManyRequests, "Too many orders.")
	ErrNotFound         = apierror.New(http.StatusNotFound, "Order not found.")
	ErrNotYoursToView   = apierror.New(http.StatusUnauthorized, "You are not authorized to view this order.")
	ErrNotYoursToEnd    = apierror.New(http.StatusUnauthorized, "You are not authorized to cancel this order.")
	ErrNotYoursToKeep   = apierror.New(http.StatusUnauthorized, "You are not authorized to extend this order.")
	ErrComplete         = apierror.New(http.StatusConflict, "Order is already complete.")
	ErrNotCancellable   = apierror.New(http.StatusConflict, "Order cannot be cancelled.")
	ErrNotYoursToRefund = apierror.New(http.StatusUnauthorized, "You are not authorized to refund this order.")
	ErrBegun            = apierror.New(http.StatusConflict, "The event has begun.")
	ErrNotRefundable    = apierror.New(http.StatusConflict, "Order cannot be refunded.")
	ErrNotExtendable    = apierror.New(http.StatusConflict, "Order cannot be extended.")
)

const (
	overlooked        = 5 * time.Second  // by the scheduler, the bus or this service, when an order is found due so much later
	paymentNewsWithin = 12 * time.Second // of a payment that waited meanwhile: longer than BUS_ACK_WAIT, and than the pauses of buses and outboxes
	lastMinute        = time.Minute      // of an order's time; longer than payments' last moments and the clocks' difference
)

// Errors within the service.
var (
	errNotDue          = errors.New("the order's time is not up yet")
	errPaymentRejected = errors.New("the order cannot take this payment")
	errNewer           = apierror.Unavailable(errors.New("a status is of a newer version of this system"))
)

// Order is one user's reservation of one ticket:
//
//	created ──payment──▶ complete
//	   │                    │ refund by its seller
//	   └──cancel/expiry──▶ cancelled
//
// While a payment of it is under way, it does not expire for another grace. In its last minute it says which payment it will be
// kept for, so that payments need not charge it in vain.
type Order struct {
	event.Order
	Extensions int    `json:"-"` // how often its time was extended
	PaymentID  *int32 `json:"-"` // the payment that completed it

	NotedPaymentID int32 `json:"-"` // the newest payment that it knows of, whose refunds and disputes it shows; 0: none
	NotedVersion   int32 `json:"-"` // of that payment
	Paying         bool  `json:"-"` // that payment is under way
}

// Ticket is this service's copy of a ticket.
type Ticket struct {
	event.Ticket
	Taken bool // by an order that is not cancelled
}

// Reserve returns a new order of the ticket, not stored yet. Errors: ErrOwnTicket, ErrReserved, ErrWithdrawn, ErrBegun.
func (t Ticket) Reserve(buyer int32, now, until time.Time) (Order, error) {
	switch {
	case t.UserID == buyer:
		return Order{}, ErrOwnTicket
	case t.Taken:
		return Order{}, ErrReserved
	case t.Withdrawn:
		return Order{}, ErrWithdrawn
	case t.StartsAt != nil && !now.Before(t.StartsAt.Time):
		return Order{}, ErrBegun
	}
	return Order{Order: event.Order{
		UserID: buyer, Status: event.OrderIsCreated, ExpiresAt: timestamp.Of(until), TicketID: t.ID,
		Ticket: event.OrderTicket{
			ID: t.ID, Title: t.Title, Price: t.Price, Version: t.Version, CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt,
		},
	}}, nil
}

// Cancel frees the ticket; a cancelled order stays as it is. Errors: ErrComplete, ErrNotCancellable.
func (o *Order) Cancel() error {
	switch {
	case o.Status == event.OrderIsComplete:
		return ErrComplete
	case !o.Status.Known():
		return ErrNotCancellable
	}
	o.Status, o.AwaitedPaymentID = event.OrderIsCancelled, 0
	return nil
}

// Expire cancels the order if its time is up and it is not paid. Instead, once, it is kept: for the grace, where a payment of it is
// under way; and where it was overlooked for so long that news of one may be waiting, until that has come. Errors: errNotDue.
func (o *Order) Expire(now time.Time, grace time.Duration) error {
	if o.Status != event.OrderIsCreated {
		return nil
	}
	if now.Before(o.Ends().Time) {
		return errNotDue
	}
	late := now.Sub(o.ExpiresAt.Time) > overlooked
	if o.HeldUntil != nil || grace == 0 || !o.Paying && !late {
		return o.Cancel()
	}
	if !o.Paying {
		grace = min(grace, paymentNewsWithin)
	}
	o.hold(now.Add(grace))
	o.AwaitedPaymentID = o.NotedPaymentID
	if late {
		o.AwaitedPaymentID = 0 // or any later one
	}
	return nil
}

func (o *Order) hold(until time.Time) {
	held := timestamp.Of(until)
	o.HeldUntil = &held
}

// Extend gives the order until a later time, at most limit times. Errors: ErrNotExtendable.
func (o *Order) Extend(now, until time.Time, limit int) error {
	if o.Status != event.OrderIsCreated || o.HeldUntil != nil || !now.Before(o.ExpiresAt.Time) || o.Extensions >= limit {
		return ErrNotExtendable
	}
	o.Extensions++
	o.ExpiresAt = timestamp.Of(until)
	return nil
}

// Complete takes the payment that pays the order; to take it again changes nothing.
// Errors: errPaymentRejected when the order has ended, the amount is not its price, or nothing was paid; errNewer.
func (o *Order) Complete(p event.Payment) error {
	if o.PaymentID != nil && *o.PaymentID == p.ID {
		return nil
	}
	if !o.Status.Known() || !p.Status.Known() {
		return errNewer
	}
	paid := p.Status == event.PaymentSucceeded && p.StripeCharge.Amount == int64(o.Ticket.Price)
	if o.Status != event.OrderIsCreated || !paid {
		return errPaymentRejected
	}
	o.Status, o.PaymentID, o.PaidAt, o.AwaitedPaymentID = event.OrderIsComplete, &p.ID, &p.UpdatedAt, 0
	return nil
}

// Return ends a paid order, whose money its seller sends back, and whose ticket the seller may withdraw with that; to return it again changes nothing.
// Errors: ErrNotRefundable, where it is not paid, or where money has moved already: by a refund at Stripe that has not failed, or by a dispute that is not won.
func (o *Order) Return(withdraw bool) error {
	sent := o.Refund != event.NoRefund && o.Refund != event.RefundFailed
	moved := sent || o.Refunded > 0 || o.Dispute == event.DisputeOpen || o.Dispute == event.DisputeLost
	switch {
	case o.RefundedBy != "":
	case o.Status != event.OrderIsComplete || moved:
		return ErrNotRefundable
	default:
		o.Status, o.RefundedBy, o.Withdrawn = event.OrderIsCancelled, "seller", withdraw
	}
	return nil
}

// Note notes that a payment has begun or failed, or what has become of its money since it was taken, unless something newer is
// noted. A payment that another one was rejected for is of no concern to the order that it did not complete. If the order is kept for
// a payment that has failed, it ends; if it is kept for news, and this is such, the grace begins. Errors: errNewer.
func (o *Order) Note(p event.Payment, now time.Time, grace time.Duration) error {
	if !p.Status.Known() {
		return errNewer
	}
	rejected := o.PaymentID != nil && *o.PaymentID != p.ID
	older := o.NotedPaymentID > p.ID || o.NotedPaymentID == p.ID && o.NotedVersion >= p.Version
	if rejected || older {
		return nil
	}
	o.NotedPaymentID, o.NotedVersion, o.Paying = p.ID, p.Version, p.Status == event.PaymentPending
	o.Refund, o.Refunded, o.Dispute, o.RefundedAt = p.Refund, money.Cents(p.Refunded), p.Dispute, nil
	if p.Status == event.PaymentIsRefunded {
		o.Refunded, o.RefundedAt = money.Cents(p.StripeCharge.Amount), &p.UpdatedAt
	}
	switch {
	case o.Status != event.OrderIsCreated:
	case o.Paying && grace == 0: // it waits for none
	case o.Paying && o.HeldUntil == nil && now.After(o.ExpiresAt.Add(-lastMinute)):
		o.AwaitedPaymentID = p.ID
	case o.Paying && o.HeldUntil != nil && o.AwaitedPaymentID == 0:
		o.hold(now.Add(grace))
	case p.Status == event.PaymentFailed && o.AwaitedPaymentID == p.ID:
		if o.AwaitedPaymentID = 0; o.HeldUntil != nil {
			o.Status = event.OrderIsCancelled
		}
	}
	return nil
}

// Reply is the answer to a change.
type Reply struct {
	Message string `json:"message"`
	Order   Order  `json:"order"`
	Seq     int64  `json:"seq,omitempty"` // the event's position in the outbox; absent if nothing changed
}
