package tickets

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/money"
	"github.com/gittix/ticketing/shared/text"
)

// Errors for clients.
var (
	ErrInvalidTitle   = apierror.New(http.StatusBadRequest, "Invalid title.").On("title", "Invalid title.")
	ErrInvalidPrice   = apierror.New(http.StatusBadRequest, "Invalid price.").On("price", "Invalid price.")
	ErrNotFound       = apierror.New(http.StatusNotFound, "Ticket not found.")
	ErrReserved       = apierror.New(http.StatusForbidden, "Ticket is reserved.")
	ErrWithdrawn      = apierror.New(http.StatusConflict, "Ticket is withdrawn.")
	ErrTooManyTickets = apierror.New(http.StatusTooManyRequests, "Too many tickets.")
	ErrTooManyChanges = apierror.New(http.StatusTooManyRequests, "Too many changes.")
)

// The smallest amount that can be charged, and the largest price.
const (
	minPrice money.Cents = 50
	maxPrice money.Cents = 999_999_99
)

// Ticket is one thing for sale.
type Ticket struct {
	event.Ticket
	freed bool // by a version that did not tell sold tickets from others: no list of unsold ones has it
}

// Offer is what a seller says of a ticket.
type Offer struct {
	Title function.LooseString `json:"title" maxLength:"255" example:"Cup final, north stand"`                                 // one line with something to see, without what is invisible or reorders text; trimmed, in NFC
	Price json.RawMessage      `json:"price" type:"number" format:"double" minimum:"0.50" maximum:"999999.99" example:"42.50"` // a number with at most two decimals, or a string that holds one
	AboutOffer
	price money.Cents
}

// Validate cleans the title and reads the price, and the rest. Errors: ErrInvalidTitle, ErrInvalidPrice; those of what else is said.
func (o *Offer) Validate() error {
	title, ok := text.Line(string(o.Title), 255)
	if !ok {
		return ErrInvalidTitle
	}
	o.Title = function.LooseString(title)
	if o.price.UnmarshalJSON(o.Price) != nil || o.price < minPrice || o.price > maxPrice {
		return ErrInvalidPrice
	}
	return o.AboutOffer.validate()
}

// Change puts a new offer on the ticket, if the user owns it and no order holds it.
// Errors: apierror.ErrNotAuthorized, ErrReserved, ErrWithdrawn, ErrInvalidStartsAt.
func (t *Ticket) Change(userID int32, o Offer, now time.Time) error {
	if err := t.isChangeable(userID); err != nil {
		return err
	}
	t.Title, t.Price = string(o.Title), o.price
	return o.apply(&t.About, now)
}

func (t *Ticket) isChangeable(userID int32) error {
	switch {
	case t.UserID != userID:
		return apierror.ErrNotAuthorized
	case t.OrderID != nil:
		return ErrReserved
	case t.Withdrawn:
		return ErrWithdrawn
	}
	return nil
}

// Withdraw takes the ticket off sale for good, if the user owns it and no order of it is open. One that is sold stays sold, and is not free again if its
// order is refunded. To withdraw it again changes nothing. Errors: apierror.ErrNotAuthorized, ErrReserved.
func (t *Ticket) Withdraw(userID int32) error {
	if t.UserID != userID {
		return apierror.ErrNotAuthorized
	}
	if t.Status == event.TicketIsReserved && !t.Withdrawn {
		return ErrReserved
	}
	t.Withdrawn = true
	t.settle(t.Status == event.TicketIsSold)
	return nil
}

// Holder is the order that holds a ticket, if there is one, whether it is paid, and whether the seller has withdrawn the ticket with a refund.
type Holder struct {
	Order     *int32
	Paid      bool
	Withdrawn bool
}

// settle sets the status to what the ticket's order, whether that is paid, and its seller make of it.
func (t *Ticket) settle(paid bool) {
	switch {
	case t.OrderID != nil && paid:
		t.Status = event.TicketIsSold
	case t.OrderID != nil:
		t.Status = event.TicketIsReserved
	case t.Withdrawn:
		t.Status = event.TicketIsWithdrawn
	default:
		t.Status = event.TicketIsAvailable
	}
}

// Hold gives the ticket to a holder, and reports whether that is to be stored. An order that came before its seller's withdrawal counts.
func (t *Ticket) Hold(h Holder) bool {
	before, status, withdrawn := t.OrderID, t.Status, t.Withdrawn
	t.OrderID, t.Withdrawn = h.Order, withdrawn || h.Withdrawn
	t.settle(h.Paid)
	same := before == h.Order || before != nil && h.Order != nil && *before == *h.Order
	return !same || status != t.Status || withdrawn != t.Withdrawn || t.freed
}

// Reply is the answer to a change.
type Reply struct {
	Message string `json:"message"`
	Ticket  Ticket `json:"ticket"`
	Seq     int64  `json:"seq"` // the event's position in the outbox; 0 if nothing changed
}
