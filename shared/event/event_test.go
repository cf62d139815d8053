package event_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/timestamp"
)

var noon = timestamp.Of(time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC))

func ticket() event.Ticket {
	return event.Ticket{ID: 3, Title: "Opera <&> \u2028", Price: 1250, UserID: 7, CreatedAt: noon, UpdatedAt: noon}
}

func order() event.Order {
	return event.Order{
		ID: 9, UserID: 7, Status: event.OrderIsCreated, ExpiresAt: noon, TicketID: 3, CreatedAt: noon, UpdatedAt: noon,
		Ticket: event.OrderTicket{ID: 3, Title: "Opera", Price: 1250, CreatedAt: noon, UpdatedAt: noon},
	}
}

func payment() event.Payment {
	return event.Payment{ID: 5, OrderID: 9, Status: event.PaymentSucceeded, CreatedAt: noon, UpdatedAt: noon}
}

// The envelope on the wire is what the contract says.
func TestWire(t *testing.T) {
	t.Parallel()
	trace := "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	d := event.Draft{Type: "tickets.created", Subject: "ticket/3", Data: json.RawMessage(`{"id":3}`), TraceParent: trace}
	b, err := json.Marshal(d.At(42, noon.Time))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"specversion": "1.0", "type": "tickets.created", "source": "/tickets", "subject": "ticket/3", "id": "42", "sequence": "42",
		"time": "2026-01-02T12:00:00Z", "traceparent": trace, "datacontenttype": "application/json", "data": map[string]any{"id": 3.0},
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// roundTrip sends data through an event and returns what arrives.
func roundTrip[T event.Payload](t *testing.T, kind event.Type[T], data T, subject string) {
	t.Helper()
	d, err := event.Of(t.Context(), kind, data)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(d.At(1, noon.Time))
	if err != nil {
		t.Fatal(err)
	}
	e, err := event.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	got, err := event.DataOf[T](e)
	if err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	sent, received := fmt.Sprintf("%+v", data), fmt.Sprintf("%+v", got)
	if sent != received || e.Type() != string(kind) || e.Subject() != subject {
		t.Errorf("%s %s:\nsent     %s\nreceived %s", e.Type(), e.Subject(), sent, received)
	}
}

func TestPayloadsArriveAsSent(t *testing.T) {
	t.Parallel()
	roundTrip(t, event.TicketCreated, ticket(), "ticket/3")
	roundTrip(t, event.TicketUpdated, ticket(), "ticket/3")
	roundTrip(t, event.OrderCreated, order(), "order/9")
	roundTrip(t, event.OrderUpdated, order(), "order/9")
	roundTrip(t, event.OrderPaymentRejected, event.PaymentRejected{Order: order(), PaymentID: 5}, "order/9")
	roundTrip(t, event.ExpirationComplete, event.ExpirationReached{ID: 9, ExpiresAt: noon}, "order/9")
	roundTrip(t, event.PaymentCreated, payment(), "payment/5")
	roundTrip(t, event.PaymentRefunded, payment(), "payment/5")
	roundTrip(t, event.PaymentUpdated, payment(), "payment/5")
}

func TestPayloadsThatCannotBe(t *testing.T) {
	t.Parallel()
	brokenTicket := func(change func(*event.Ticket)) event.Payload { v := ticket(); change(&v); return v }
	brokenOrder := func(change func(*event.Order)) event.Payload { v := order(); change(&v); return v }
	brokenPayment := func(change func(*event.Payment)) event.Payload { v := payment(); change(&v); return v }
	zero := int32(0)
	for name, p := range map[string]event.Payload{
		"ticket without id":      brokenTicket(func(v *event.Ticket) { v.ID = 0 }),
		"ticket without seller":  brokenTicket(func(v *event.Ticket) { v.UserID = 0 }),
		"ticket without title":   brokenTicket(func(v *event.Ticket) { v.Title = "" }),
		"ticket version":         brokenTicket(func(v *event.Ticket) { v.Version = -1 }),
		"ticket price":           brokenTicket(func(v *event.Ticket) { v.Price = -1 }),
		"ticket of order 0":      brokenTicket(func(v *event.Ticket) { v.OrderID = &zero }),
		"order without id":       brokenOrder(func(v *event.Order) { v.ID = 0 }),
		"order without user":     brokenOrder(func(v *event.Order) { v.UserID = -1 }),
		"order without ticket":   brokenOrder(func(v *event.Order) { v.TicketID = 0 }),
		"order without status":   brokenOrder(func(v *event.Order) { v.Status = "" }),
		"order without time":     brokenOrder(func(v *event.Order) { v.ExpiresAt = timestamp.Time{} }),
		"order version":          brokenOrder(func(v *event.Order) { v.Version = -1 }),
		"order price":            brokenOrder(func(v *event.Order) { v.Ticket.Price = -1 }),
		"payment without id":     brokenPayment(func(v *event.Payment) { v.ID = 0 }),
		"payment without order":  brokenPayment(func(v *event.Payment) { v.OrderID = 0 }),
		"payment without status": brokenPayment(func(v *event.Payment) { v.Status = "" }),
		"rejection, no payment":  event.PaymentRejected{Order: order()},
		"rejection, no order":    event.PaymentRejected{PaymentID: 5},
		"expiration of no order": event.ExpirationReached{ExpiresAt: noon},
		"expiration at no time":  event.ExpirationReached{ID: 9},
	} {
		if p.Validate() == nil {
			t.Errorf("%s is valid", name)
		}
	}
	d := event.Draft{Type: "tickets.created", Data: json.RawMessage(`{"id":0}`)}
	if _, err := event.DataOf[event.Ticket](d.At(1, noon.Time)); err == nil {
		t.Error("an impossible ticket was read")
	}
}

// A newer version may say more than this one understands: that is no reason to refuse what it says.
func TestPayloadsOfNewerVersions(t *testing.T) {
	t.Parallel()
	of := func(data string) event.Event {
		return event.Draft{Type: "any.thing", Data: json.RawMessage(data)}.At(1, noon.Time)
	}
	o, err := event.DataOf[event.Order](of(`{"id":9,"userId":7,"status":"held","expiresAt":"2026-01-02T12:00:00Z","version":1,"ticketId":3,
		"seat":{"row":4},"ticket":{"id":3,"price":12.5,"kind":"x"}}`))
	if err != nil || o.Status != "held" || o.Status.Known() {
		t.Errorf("%+v, %v", o, err)
	}
	p, err := event.DataOf[event.Payment](of(`{"id":5,"orderId":9,"status":"authorized","method":"invoice",
		"stripeCharge":{"id":"ch_1","amount":1250,"fee":30},"dispute":"appealed","refund":"scheduled"}`))
	if err != nil || p.Status != "authorized" || p.Status.Known() || p.Dispute != "appealed" || p.Refund != "scheduled" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	const good = `{"specversion":"1.0","id":"1","source":"/s","type":"t","data":{}}`
	if _, err := event.Decode([]byte(good)); err != nil {
		t.Fatalf("the good one: %v", err)
	}
	for _, field := range []string{`"specversion":"1.0",`, `"id":"1",`, `"source":"/s",`, `"type":"t",`} {
		if _, err := event.Decode([]byte(strings.Replace(good, field, "", 1))); err == nil {
			t.Errorf("accepted without %s", field)
		}
	}
	with := func(old, replaced string) string { return strings.Replace(good, old, replaced, 1) }
	for _, b := range []string{
		"", "null", "[]", "1", "{", good + good, with("1.0", "9.9"), with(`"1"`, `1`), with(`"1"`, `" "`), with("/s", "%zz"),
		with(`"data":`, `"time":"noon","data":`), with(`"data":`, `"datacontenttype":"/","data":`), with(`"data":`, `"data_base64":"e30=","data":`),
		with(`"data":{}`, `"data_base64":"?"`), with(`"data":`, `"ext":{},"data":`), with(`"data":`, `"ext":1.5,"data":`), with(`"data":`, `"ext":3000000000,"data":`),
		with(`"data":`, `"e_x":"1","data":`), with(`"data":`, `"subject":3,"data":`),
	} {
		if _, err := event.Decode([]byte(b)); err == nil {
			t.Errorf("accepted %s", b)
		}
	}
}

func TestTraceTravels(t *testing.T) {
	t.Parallel()
	span := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled})
	d, err := event.Of(trace.ContextWithSpanContext(t.Context(), span), event.TicketCreated, ticket())
	if err != nil {
		t.Fatal(err)
	}
	got := trace.SpanContextFromContext(event.Context(context.Background(), d.At(1, noon.Time)))
	if got.TraceID() != span.TraceID() || got.SpanID() != span.SpanID() || !got.IsRemote() {
		t.Errorf("got %v, want %v", got, span)
	}
	for _, traceparent := range []string{"", "00-zz-1-01", strings.Repeat("0", 10_000)} {
		d.TraceParent = traceparent
		if s := trace.SpanContextFromContext(event.Context(context.Background(), d.At(1, noon.Time))); s.IsValid() {
			t.Errorf("a trace of %.20q", traceparent)
		}
	}
}

// Whatever comes: no panic, and what is accepted has an envelope, survives being sent on, and says the same.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"specversion":"1.0","id":"1","source":"/s","type":"tickets.created","subject":"ticket/1","time":"2026-01-02T12:00:00Z","sequence":"1","data":{"id":1}}`))
	f.Add([]byte(`{"specversion":"1.0","id":"1","source":"/s","type":"t","data_base64":"e30="}`))
	f.Add([]byte(`{"specversion":"0.3","id":"1","source":"/s","type":"t","datacontentencoding":"base64","data":"e30="}`))
	f.Add([]byte("\xff{"))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := event.Decode(b)
		if err != nil {
			return
		}
		if e.ID() == "" || e.Source() == "" || e.Type() == "" {
			t.Errorf("accepted without an envelope: %s", b)
		}
		_ = event.Context(t.Context(), e)
		if _, err := event.DataOf[event.Ticket](e); err != nil {
			return
		}
		again, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		back, err := event.Decode(again)
		if err != nil || back.ID() != e.ID() || back.Type() != e.Type() || back.Source() != e.Source() {
			t.Errorf("%s became %s, %v", b, again, err)
		}
	})
}

// What no bus would take is refused before it is stored, and what it says of itself does not grow with it.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	large := ticket()
	large.Title = strings.Repeat("x", event.MaxData)
	if _, err := event.Of(t.Context(), event.TicketCreated, large); !errors.Is(err, event.ErrTooLarge) || len(err.Error()) > 200 {
		t.Errorf("%v", err)
	}
	large.Title = strings.Repeat("x", event.MaxData-1024)
	if _, err := event.Of(t.Context(), event.TicketCreated, large); err != nil {
		t.Error(err)
	}
}
