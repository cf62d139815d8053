package client

import (
	"context"
	"fmt"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/timestamp"
)

// orderView is an order as its buyer sees it.
type orderView struct {
	event.Order
	Phase   string
	Charge  charge
	Note    string // what its buyer just did with it: it chooses a sentence that is true in any case
	Problem string // what could not be done with it
	Email   string // the buyer's
	Bought  bought
	About   event.About // of a paid one

	Extension string // what an extension would give, such as "15 minutes"; "": it is not offered
}

// What an order is to its buyer.
const (
	orderOpen       = "open"
	orderPaying     = "paying"     // a payment is under way
	orderConfirming = "confirming" // paid, and orders has yet to complete it
	orderComplete   = "complete"
	orderCancelled  = "cancelled"
	orderExpired    = "expired"   // also while orders is about to cancel it
	orderRefunding  = "refunding" // paid too late
	orderRefunded   = "refunded"  // all of its money, whether it was paid too late or not
	orderOther      = "other"     // of a newer version of orders: this one does not know what it is
)

// Notes in a page's address, which anyone can write. Others are ignored.
const (
	noteExtended = "extended"
	noteNewPrice = "newprice"
	noteSpent    = "spent" // no more time is to be had; not in an address
)

// viewOrder shows an order with what payments knows of its money, unless orders knows all of it.
//
// Errors: apierror.ErrNotAuthorized.
func (s *Site) viewOrder(ctx context.Context, v visit, o event.Order) (orderView, error) {
	c := chargeNotAsked
	if o.Status != event.OrderIsComplete && o.RefundedAt == nil {
		var err error
		if c, err = chargeOf(ctx, v, o.ID); err != nil {
			return orderView{}, err
		}
	}
	view := orderView{Order: o, Charge: c, Phase: phase(o, c, s.now())}
	if gives := time.Duration(o.ExtendsBy) * time.Second; view.Phase == orderOpen && gives > 0 && o.ExpiresAt.Sub(s.now()) <= gives/3 {
		view.Extension = inWords(gives) // no sooner: it counts from now on
	}
	return view, nil
}

// phase says where an order stands. Its service cancels an expired order and says no more than that it
// is cancelled: it was expired if that came after its time.
func phase(o event.Order, c charge, now time.Time) string {
	cancelled := o.Status == event.OrderIsCancelled
	switch {
	case o.RefundedAt != nil, c == chargeRefunded:
		return orderRefunded
	case o.Status == event.OrderIsComplete:
		return orderComplete
	case cancelled && (c == chargeMade || o.RefundedBy != ""):
		return orderRefunding
	case cancelled && o.UpdatedAt.Before(o.ExpiresAt.Time):
		return orderCancelled
	case cancelled:
		return orderExpired
	case c == chargeMade:
		return orderConfirming
	case c == chargePending:
		return orderPaying
	case !o.Status.Known():
		return orderOther
	case now.Before(o.ExpiresAt.Time):
		return orderOpen
	case c == chargeAction && (o.HeldUntil == nil || now.Before(o.HeldUntil.Time)): // or is about to be kept for it
		return orderPaying
	}
	return orderExpired
}

// Version changes whenever the page should.
func (o orderView) Version() string {
	version := fmt.Sprintf("%s-%s-%d", o.Phase, o.Charge, o.Order.Version)
	if o.Bought.Away {
		version += "-away"
	}
	if o.Extension != "" {
		version += "-extensible"
	}
	return version
}

// Soon reports whether more is about to be known.
func (o orderView) Soon() bool {
	return o.Phase == orderPaying || o.Phase == orderConfirming || o.Phase == orderOpen && o.Charge == chargeAction
}

// HasPass reports whether there is a pass to show: the order is paid, and its money stays.
func (o orderView) HasPass() bool {
	return o.Phase == orderComplete && o.Refund != event.RefundOwed && o.Refund != event.RefundPending
}

// Paid is when a complete order was paid, as far as its service has noted that.
func (o orderView) Paid() timestamp.Time {
	if o.PaidAt != nil {
		return *o.PaidAt
	}
	return o.UpdatedAt
}

// State is the phase in a word or two.
func (o orderView) State() string {
	if o.Phase == orderOpen && (o.Charge == chargeNone || o.Charge == chargeFailed) {
		return "Waiting for payment"
	}
	return map[string]string{
		orderOpen: "Reserved", orderPaying: "Payment under way", orderConfirming: "Payment received", orderComplete: "Paid",
		orderCancelled: "Cancelled", orderExpired: "Expired", orderRefunding: "Being refunded", orderRefunded: "Refunded",
		orderOther: "In progress",
	}[o.Phase]
}

// Spoken is what a screen reader says when the order comes to this phase while its page is open.
func (o orderView) Spoken() string {
	return map[string]string{
		orderPaying:     "A payment is under way.",
		orderConfirming: "Your payment was received.",
		orderComplete:   "Your order is paid. The ticket is yours.",
		orderCancelled:  "This order was cancelled.",
		orderExpired:    "The time to pay is over.",
		orderRefunding:  o.Cause() + " Your money goes back.",
		orderRefunded:   "Your money went back.",
	}[o.Phase]
}

// Cause says why an order that has ended was paid and is not complete, or is "".
func (o orderView) Cause() string {
	switch {
	case o.RefundedBy != "":
		return "The seller has called off the sale."
	case o.Status == event.OrderIsCancelled:
		return "The payment came after the order had ended."
	}
	return ""
}

func orderPath(id int32) string { return fmt.Sprintf("/orders/%d", id) }
