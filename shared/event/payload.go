package event

import (
	"errors"
	"fmt"

	"github.com/gittix/ticketing/shared/money"
	"github.com/gittix/ticketing/shared/timestamp"
)

// TicketStatus is whether a ticket can be ordered.
type TicketStatus string

// A ticket is reserved by an order, and sold once that is paid. One that its seller has withdrawn cannot be ordered.
const (
	TicketIsAvailable TicketStatus = "available"
	TicketIsReserved  TicketStatus = "reserved"
	TicketIsSold      TicketStatus = "sold"
	TicketIsWithdrawn TicketStatus = "withdrawn"
)

// Ticket is one thing for sale.
type Ticket struct {
	ID        int32        `json:"id"`
	Title     string       `json:"title"`
	Price     money.Cents  `json:"price"`
	UserID    int32        `json:"userId"`
	OrderID   *int32       `json:"orderId"`             // the order that holds it, or null while it is free
	Status    TicketStatus `json:"status"`              // reserved by an order, and sold once that is paid
	Withdrawn bool         `json:"withdrawn,omitempty"` // by its seller; an order that it has already stays, and then its status is that of this order
	Version   int32        `json:"version"`             // 0 at first, one more with every change
	About
	CreatedAt timestamp.Time `json:"createdAt"`
	UpdatedAt timestamp.Time `json:"updatedAt"`
}

// OrderStatus is where an order stands.
type OrderStatus string

// An order is created once, and ends complete or cancelled.
const (
	OrderIsCreated   OrderStatus = "created"
	OrderIsComplete  OrderStatus = "complete"
	OrderIsCancelled OrderStatus = "cancelled"
)

// Known reports whether this version knows what the status means. During an update, and after a rollback, a newer one may have
// others: what has one is kept as it is, and nothing is made of it.
func (s OrderStatus) Known() bool {
	return s == OrderIsCreated || s == OrderIsComplete || s == OrderIsCancelled
}

// Order is one user's reservation of one ticket.
type Order struct {
	ID               int32           `json:"id"`
	UserID           int32           `json:"userId"`
	Status           OrderStatus     `json:"status"`
	ExpiresAt        timestamp.Time  `json:"expiresAt"`                  // a payment may begin before
	HeldUntil        *timestamp.Time `json:"heldUntil,omitempty"`        // until when it was kept beyond that, for a payment that had begun
	AwaitedPaymentID int32           `json:"awaitedPaymentId,omitempty"` // a payment under way, for which it will be kept
	ExtendsBy        int32           `json:"extendsBy,omitempty"`        // seconds from now that an extension would give; said of a single order that has one left
	Version          int32           `json:"version"`
	TicketID         int32           `json:"ticketId"`
	PaidAt           *timestamp.Time `json:"paidAt,omitempty"`     // when its payment succeeded; absent also of an order that a version before this field completed
	RefundedAt       *timestamp.Time `json:"refundedAt,omitempty"` // when all of its money went back
	Refund           RefundStatus    `json:"refund,omitempty"`     // how far money is that is on the way back
	Refunded         money.Cents     `json:"refunded,omitempty"`   // how much went back
	Dispute          Dispute         `json:"dispute,omitempty"`    // of its payment
	RefundedBy       string          `json:"refundedBy,omitempty"` // "seller": who ended the order after it was paid
	Withdrawn        bool            `json:"withdrawn,omitempty"`  // by its seller, with the refund: the ticket is not free again
	CreatedAt        timestamp.Time  `json:"createdAt"`
	UpdatedAt        timestamp.Time  `json:"updatedAt"`
	Ticket           OrderTicket     `json:"ticket"`
}

// Ends returns when the order's time is up, unless it is paid: at ExpiresAt, or at HeldUntil.
func (o Order) Ends() timestamp.Time {
	if o.HeldUntil != nil {
		return *o.HeldUntil
	}
	return o.ExpiresAt
}

// OrderTicket is the ticket as the buyer saw it when placing the order.
type OrderTicket struct {
	ID        int32          `json:"id"`
	Title     string         `json:"title"`
	Price     money.Cents    `json:"price"`
	Version   int32          `json:"version"`
	CreatedAt timestamp.Time `json:"createdAt"`
	UpdatedAt timestamp.Time `json:"updatedAt"`
}

// PaymentRejected says that a payment came for an order that could not take it: its money must go back.
type PaymentRejected struct {
	Order     Order `json:"order"`
	PaymentID int32 `json:"paymentId"`
}

// ExpirationReached says that an order's time was up at ExpiresAt, as far as the scheduler knows.
type ExpirationReached struct {
	ID        int32          `json:"id"` // of the order
	ExpiresAt timestamp.Time `json:"expiresAt"`
}

// PaymentStatus is where a payment stands.
type PaymentStatus string

// A payment is pending until its outcome is known. One that succeeded is refunded once all of its money went back.
const (
	PaymentPending    PaymentStatus = "pending"
	PaymentSucceeded  PaymentStatus = "succeeded"
	PaymentFailed     PaymentStatus = "failed"
	PaymentIsRefunded PaymentStatus = "refunded"
)

// Known is that of OrderStatus.
func (s PaymentStatus) Known() bool {
	return s == PaymentPending || s == PaymentSucceeded || s == PaymentFailed || s == PaymentIsRefunded
}

// RefundStatus is how far the way back of a payment's money is.
type RefundStatus string

// A refund is owed until Stripe has accepted it, and pending until it has arrived: the payment is then refunded. A refund of a part that leaves
// something is said once it has arrived.
const (
	NoRefund      RefundStatus = "" // or all of it has arrived
	RefundOwed    RefundStatus = "owed"
	RefundPending RefundStatus = "pending"
	RefundFailed  RefundStatus = "failed" // it was made by hand at Stripe
)

// Dispute is where a payment stands that the buyer's bank wants back.
type Dispute string

// A dispute is won by us, or lost: the buyer then has the money. An inquiry has moved no money.
const (
	NoDispute      Dispute = ""
	DisputeInquiry Dispute = "inquiry"
	DisputeOpen    Dispute = "open"
	DisputeWon     Dispute = "won"
	DisputeLost    Dispute = "lost"
)

// Charge is what Stripe took.
type Charge struct {
	ID       string `json:"id"`
	Amount   int64  `json:"amount"` // cents
	Currency string `json:"currency"`
	Status   string `json:"status"`
}

// Payment is one attempt to charge an order.
type Payment struct {
	ID           int32          `json:"id"`
	OrderID      int32          `json:"orderId"`
	Status       PaymentStatus  `json:"status"`
	StripeCharge Charge         `json:"stripeCharge"`
	Version      int32          `json:"version,omitempty"`  // 0 when it begins, one more with every change
	Refund       RefundStatus   `json:"refund,omitempty"`   // how far its money is on the way back
	Refunded     int64          `json:"refunded,omitempty"` // cents that went back, by refunds or by a dispute
	Dispute      Dispute        `json:"dispute,omitempty"`
	CreatedAt    timestamp.Time `json:"createdAt"`
	UpdatedAt    timestamp.Time `json:"updatedAt"`
}

// Subject is ticket/<id>.
func (t Ticket) Subject() string { return fmt.Sprintf("ticket/%d", t.ID) }

// Subject is order/<id>.
func (o Order) Subject() string { return fmt.Sprintf("order/%d", o.ID) }

// Subject is order/<id>.
func (p PaymentRejected) Subject() string { return p.Order.Subject() }

// Subject is order/<id>.
func (e ExpirationReached) Subject() string { return fmt.Sprintf("order/%d", e.ID) }

// Subject is payment/<id>.
func (p Payment) Subject() string { return fmt.Sprintf("payment/%d", p.ID) }

var errIncomplete = errors.New("an id is not positive, or a version, price, time or state is missing or impossible")

func check(ok bool) error {
	if !ok {
		return errIncomplete
	}
	return nil
}

// Validate checks ids, price and version.
func (t Ticket) Validate() error {
	return check(t.ID > 0 && t.UserID > 0 && t.Version >= 0 && t.Price >= 0 && t.Title != "" && (t.OrderID == nil || *t.OrderID > 0))
}

// Validate checks ids, time and version, and that there is a state, which may be one of a newer version.
func (o Order) Validate() error {
	return check(o.ID > 0 && o.UserID > 0 && o.TicketID > 0 && o.Version >= 0 && o.Ticket.Price >= 0 && o.Status != "" && !o.ExpiresAt.IsZero())
}

// Validate checks the order and the payment's id.
func (p PaymentRejected) Validate() error {
	return errors.Join(p.Order.Validate(), check(p.PaymentID > 0))
}

// Validate checks id and time.
func (e ExpirationReached) Validate() error { return check(e.ID > 0 && !e.ExpiresAt.IsZero()) }

// Validate checks ids, and that there is a state, which may be one of a newer version.
func (p Payment) Validate() error { return check(p.ID > 0 && p.OrderID > 0 && p.Status != "") }
