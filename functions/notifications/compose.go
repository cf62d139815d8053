package notifications

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/maillink"
	"github.com/gittix/ticketing/shared/money"
	"github.com/gittix/ticketing/shared/timestamp"
)

// The kinds of mails.
const (
	confirmKind  = "confirm"  // of the address
	resetKind    = "reset"    // of the password
	receiptKind  = "receipt"  // to the buyer
	expiringKind = "expiring" // a third of the time to pay is left
	soldKind     = "sold"     // to the seller
	refundedKind = "refunded" // to the buyer
	freeKind     = "free"     // to those who wait for a ticket
	disabledKind = "disabled" // of a webhook, to its user
	webhookKind  = "webhook"  // there is a new one, to its user
)

// linkData is of mails with a link that is a key. The key itself is made when the mail is sent, and kept nowhere.
type linkData struct {
	ID        string         `json:"id"`
	ExpiresAt timestamp.Time `json:"expiresAt"`
}

// orderData is of mails about an order.
type orderData struct {
	OrderID   int32          `json:"orderId"`
	TicketID  int32          `json:"ticketId"`
	Title     string         `json:"title"`
	Price     money.Cents    `json:"price"`
	ExpiresAt timestamp.Time `json:"expiresAt"`
}

// ticketData is of mails about a ticket.
type ticketData struct {
	TicketID int32       `json:"ticketId"`
	Title    string      `json:"title"`
	Price    money.Cents `json:"price"`
	Released int32       `json:"released,omitempty"` // the version in which it became free
	event.About
}

// compose writes the mail of a delivery. Errors: notNeeded.
func (n *Notifications) compose(ctx context.Context, d delivery, to recipient) (letter, error) {
	switch d.Kind {
	case confirmKind, resetKind:
		return with(d, func(data linkData) (letter, error) { return n.linkLetter(d.Kind, data, to) })
	case receiptKind, refundedKind, expiringKind:
		return with(d, func(data orderData) (letter, error) { return n.orderLetter(ctx, d.Kind, data, to) })
	case soldKind:
		return with(d, func(data ticketData) (letter, error) { return n.soldLetter(data), nil })
	case disabledKind, webhookKind:
		return with(d, func(data webhookData) (letter, error) { return n.webhookLetter(d.Kind, data, to) })
	case freeKind:
		return with(d, func(data ticketData) (letter, error) { return n.freeLetter(ctx, data, to) })
	}
	return letter{}, fmt.Errorf("this version has no mail %q", d.Kind) // a newer one has, which may be back by the next attempt
}

func with[T any](d delivery, write func(T) (letter, error)) (letter, error) {
	var data T
	if err := json.Unmarshal(d.Data, &data); err != nil {
		return letter{}, refused(err)
	}
	return write(data)
}

func (n *Notifications) linkLetter(kind string, data linkData, to recipient) (letter, error) {
	if !n.now().Before(data.ExpiresAt.Time) {
		return letter{}, notNeeded("its link has expired")
	}
	token, err := n.links.Sign(maillink.Link{Purpose: maillink.Purpose(kind), ID: data.ID, UserID: to.UserID, ExpiresAt: data.ExpiresAt.Time})
	if err != nil {
		return letter{}, err
	}
	until := moment(data.ExpiresAt.Time, "") + "."
	if kind == resetKind {
		return letter{
			Subject: "Choose a new password",
			Lines:   []string{"Someone, you we hope, asked for a new password for this address.", "The link works once, until " + until, "If it was not you, do nothing: your password stays as it is."},
			Action:  "Choose a new password", URL: n.mails.link("/reset/" + token), Why: "You get this mail because someone asked for it on our site.",
		}, nil
	}
	return letter{
		Subject: "Confirm your e-mail address",
		Lines:   []string{"Please confirm that this address is yours.", "The link works until " + until, "If you have no account with us, do nothing."},
		Action:  "Confirm the address", URL: n.mails.link("/confirm/" + token), Why: "You get this mail because someone signed up on our site with this address.",
	}, nil
}

func (n *Notifications) orderLetter(ctx context.Context, kind string, data orderData, to recipient) (letter, error) {
	order, err := findOrder(ctx, n.db, data.OrderID)
	if err != nil {
		return letter{}, err
	}
	about, err := aboutTicket(ctx, n.db, data.TicketID)
	if err != nil {
		return letter{}, err
	}
	id := strconv.Itoa(int(data.OrderID))
	l := letter{
		Facts: append([]fact{{"Order", id}}, facts(data.Title, data.Price, about)...), Action: "See your order", URL: n.mails.link("/orders/" + id),
		Why: "You get this mail because you ordered this ticket.",
	}
	switch kind {
	case receiptKind:
		l.Subject = "Your ticket: " + data.Title
		l.Lines = []string{"Thank you. You have paid, and the ticket is yours. This is your receipt.", "At the entrance, show your pass."}
		l.Action, l.URL = "Show your pass", l.URL+"/pass"
	case refundedKind:
		l.Subject = "Your money went back: " + data.Title
		l.Lines = []string{"What you paid went back. With some banks it takes days until your account shows it."}
	default:
		if order.Status != event.OrderIsCreated || !order.ExpiresAt.Equal(data.ExpiresAt.Time) || !n.now().Before(data.ExpiresAt.Time) {
			return letter{}, notNeeded("the order is not about to expire any more")
		}
		l.Subject = "Your order is about to expire: " + data.Title
		l.Lines = []string{"The ticket is reserved for you until " + moment(data.ExpiresAt.Time, about.TimeZone) + ". After that, others can have it."}
		l.Action, l.URL = "Pay now", l.URL+"/pay"
		return n.optional(l, to)
	}
	return l, nil
}

func (n *Notifications) soldLetter(data ticketData) letter {
	return letter{
		Subject: "Sold: " + data.Title,
		Lines:   []string{"Someone has bought your ticket."},
		Facts:   facts(data.Title, data.Price, data.About),
		Action:  "See what you sold", URL: n.mails.link("/tickets/mine"), Why: "You get this mail because you offered this ticket.",
	}
}

func (n *Notifications) freeLetter(ctx context.Context, data ticketData, to recipient) (letter, error) {
	waits, err := waitsFor(ctx, n.db, data, to.UserID, n.now())
	switch {
	case err != nil:
		return letter{}, err
	case !waits:
		return letter{}, notNeeded("the ticket is free no more, or the user waits for it no more")
	}
	return n.optional(letter{
		Subject: "Available again: " + data.Title,
		Lines:   []string{"The ticket you wait for can be ordered again. Others wait for it, too: who orders first has it."},
		Facts:   facts(data.Title, data.Price, data.About),
		Action:  "See the ticket", URL: n.mails.link("/tickets/" + strconv.Itoa(int(data.TicketID))),
		Why: "You get this mail because you are on this ticket's waiting list.",
	}, to)
}

// optional adds how one gets no more of such mails. Errors: notNeeded, for who wants none, and for an address that may be someone else's.
func (n *Notifications) optional(l letter, to recipient) (letter, error) {
	switch {
	case to.Unsubscribed:
		return letter{}, notNeeded("the user wants no such mails")
	case !to.Confirmed:
		return letter{}, notNeeded("the address is not confirmed")
	}
	token, err := n.links.Sign(maillink.Link{Purpose: maillink.Unsubscribe, ID: "unsubscribe", UserID: to.UserID})
	l.Unsubscribe, l.Stop = n.mails.link("/api/notifications/unsubscribe?token="+token), n.mails.link("/unsubscribe/"+token)
	return l, err
}
