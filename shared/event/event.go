// Package event is the language that the services share: what can happen, and what is said of it.
//
// An event is a CloudEvent 1.0 that carries the whole state of its subject with the subject's version,
// so a consumer needs no earlier event to understand it. Delivery is at least once, in any order.
package event

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/propagation"
)

// Payload is the data of an event.
type Payload interface {
	// Subject names what the event is about, as <kind>/<id>.
	Subject() string
	// Validate returns an error when the data cannot be what its publisher meant.
	Validate() error
}

// Type is the name of an event, which is also its bus subject, bound to its payload.
type Type[T Payload] string

// The events, each with its publisher's name before the dot.
const (
	TicketCreated        Type[Ticket]            = "tickets.created"         // a ticket was offered
	TicketUpdated        Type[Ticket]            = "tickets.updated"         // a ticket was changed, or an order took or freed it
	OrderCreated         Type[Order]             = "orders.created"          // an order reserved a ticket
	OrderUpdated         Type[Order]             = "orders.updated"          // an order was extended, kept for a payment, paid, cancelled or refunded
	OrderPaymentRejected Type[PaymentRejected]   = "orders.payment_rejected" // a payment came for an order that could not take it: its money goes back
	ExpirationComplete   Type[ExpirationReached] = "expiration.complete"     // the time of an order is up
	PaymentCreated       Type[Payment]           = "payments.created"        // an order was charged
	PaymentRefunded      Type[Payment]           = "payments.refunded"       // all the money of a payment went back
	PaymentUpdated       Type[Payment]           = "payments.updated"        // a payment has begun or failed, or a refund or a dispute of it has changed
	AuthSessionsEnded    Type[SessionsEnded]     = "auth.sessions_ended"     // a session, or all of a user's up to then, ended before their time
	AuthAccountChanged   Type[Account]           = "auth.account_changed"    // someone signed up, or confirmed the address
	AuthMailRequested    Type[MailRequest]       = "auth.mail_requested"     // a user is to be sent a link
)

// Described is a type of event with what it carries.
type Described struct {
	Type string
	Data reflect.Type
}

// All lists the events.
func All() []Described {
	return []Described{
		describe(TicketCreated), describe(TicketUpdated),
		describe(OrderCreated), describe(OrderUpdated), describe(OrderPaymentRejected),
		describe(ExpirationComplete),
		describe(PaymentCreated), describe(PaymentRefunded), describe(PaymentUpdated),
		describe(AuthSessionsEnded), describe(AuthAccountChanged), describe(AuthMailRequested),
	}
}

func describe[T Payload](t Type[T]) Described { return Described{string(t), reflect.TypeFor[T]()} }

// Draft is an event that has not been given its place in an outbox. The zero Draft is no event.
type Draft struct {
	ID          string // unique for its publisher; Sign gives one
	Type        string
	Subject     string
	Data        json.RawMessage
	TraceParent string // W3C trace context of the change
	Signature   string // made by Signatures.Sign; "": none
}

func (d Draft) source() string { return "/" + Publisher(d.Type) }

// MaxData is the most bytes that an event's data may have: so any bus takes it in its envelope. Of those that there are SNS takes least, 256 KiB,
// in which a text that a queue does not take grows by a third.
const MaxData = 128 << 10

// ErrTooLarge is the refusal of an event that a bus would never take, and that would wait in its outbox for ever.
var ErrTooLarge = errors.New("event: the data is too large")

// Of drafts an event of type t about data, in the trace of ctx. Errors: ErrTooLarge.
func Of[T Payload](ctx context.Context, t Type[T], data T) (Draft, error) {
	b, err := json.Marshal(data)
	if err != nil {
		return Draft{}, fmt.Errorf("event: marshal %s: %w", t, err)
	}
	if len(b) > MaxData {
		return Draft{}, fmt.Errorf("%w: %s of %s has %d bytes, %d are allowed", ErrTooLarge, t, data.Subject(), len(b), MaxData)
	}
	return Draft{Type: string(t), Subject: data.Subject(), Data: b, TraceParent: TraceParent(ctx)}, nil
}

// TraceParent is the W3C trace context of ctx, or "".
func TraceParent(ctx context.Context) string {
	trace := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, trace)
	return trace["traceparent"]
}

// At gives the draft its place: sequence is its position in the outbox, and its id if it has no other.
func (d Draft) At(sequence int64, at time.Time) Event {
	place := strconv.FormatInt(sequence, 10)
	e := Event{
		id: cmp.Or(d.ID, place), source: d.source(), kind: d.Type, subject: d.Subject, time: at.UTC(),
		contentType: "application/json", Data: d.Data, extensions: map[string]string{"sequence": place},
	}
	for name, value := range map[string]string{"traceparent": d.TraceParent, Signature: d.Signature} {
		if value != "" {
			e.extensions[name] = value
		}
	}
	return e
}

// Decode reads a CloudEvent in structured mode and checks its envelope. With an error comes what there is of the event.
func Decode(b []byte) (Event, error) {
	var e Event
	if err := json.Unmarshal(b, &e); err != nil {
		return Event{}, fmt.Errorf("event: not a CloudEvent: %w", err)
	}
	if err := e.validate(); err != nil {
		return e, fmt.Errorf("event: not a valid CloudEvent: %w", err)
	}
	return e, nil
}

// DataOf reads and checks the payload of e.
func DataOf[T Payload](e Event) (T, error) {
	var data T
	if err := json.Unmarshal(e.Data, &data); err != nil {
		return data, fmt.Errorf("event: data of %s: %w", e.Type(), err)
	}
	if err := data.Validate(); err != nil {
		return data, fmt.Errorf("event: data of %s: %w", e.Type(), err)
	}
	return data, nil
}

// Context returns ctx in the trace that e belongs to.
func Context(ctx context.Context, e Event) context.Context {
	return propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": e.Extension("traceparent")})
}
