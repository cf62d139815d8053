package client

import (
	"fmt"

	"github.com/gittix/ticketing/shared/event"
)

// orderView is an order as its buyer sees it.
type orderView struct {
	event.Order
	Phase   string
	Note    string // what was just done with it
	Problem string // what could not be done with it
	Email   string // the buyer's
}

// What an order is to its buyer.
const (
	orderOpen       = "open"
	orderConfirming = "confirming" // paid, and orders has yet to complete it
	orderComplete   = "complete"
	orderCancelled  = "cancelled"
	orderExpired    = "expired"   // also while orders is about to cancel it
	orderRefunding  = "refunding" // paid too late
	orderRefunded   = "refunded"
)

// Notes in a page's address, about what was just done. Others are ignored.
const (
	notePaid     = "paid"
	noteExtended = "extended"
	noteNewPrice = "newprice"
	noteRefused  = "refused" // the second step of a payment
	noteSpent    = "spent"   // no more time is to be had; not in an address
)

// viewOrder says where an order stands. Its service cancels an expired order and says no more than that it
// is cancelled: it was expired if that came after its time.
func (s *Site) viewOrder(o event.Order, note string) orderView {
	view := orderView{Order: o, Note: note, Phase: orderOpen}
	switch {
	case o.Status == event.OrderIsComplete:
		view.Phase = orderComplete
	case o.Status == event.OrderIsCancelled && o.RefundedAt != nil:
		view.Phase = orderRefunded
	case o.Status == event.OrderIsCancelled && note == notePaid:
		view.Phase = orderRefunding
	case o.Status == event.OrderIsCancelled && !o.UpdatedAt.Before(o.ExpiresAt.Time):
		view.Phase = orderExpired
	case o.Status == event.OrderIsCancelled:
		view.Phase = orderCancelled
	case note == notePaid:
		view.Phase = orderConfirming
	case !s.now().Before(o.ExpiresAt.Time):
		view.Phase = orderExpired
	}
	return view
}

// Version changes whenever the page should.
func (o orderView) Version() string { return fmt.Sprintf("%s-%d", o.Phase, o.Order.Version) }

// State is the phase in a word or two.
func (o orderView) State() string {
	return map[string]string{
		orderOpen: "Waiting for payment", orderConfirming: "Payment received", orderComplete: "Paid", orderCancelled: "Cancelled",
		orderExpired: "Expired", orderRefunding: "Being refunded", orderRefunded: "Refunded",
	}[o.Phase]
}

// Spoken is what a screen reader says when the order comes to this phase while its page is open.
func (o orderView) Spoken() string {
	return map[string]string{
		orderComplete:  "Your order is paid. The ticket is yours.",
		orderCancelled: "This order was cancelled.",
		orderExpired:   "The time to pay is over. The ticket is free again.",
		orderRefunding: "The payment came too late. Your money goes back.",
		orderRefunded:  "Your money went back.",
	}[o.Phase]
}

func orderPath(id int32) string { return fmt.Sprintf("/orders/%d", id) }
