package event_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"testing"

	"github.com/gittix/ticketing/shared/event"
)

const (
	paymentsKey = "the key of payments, 32 bytes or more"
	ticketsKey  = "the key of tickets, of 32 bytes or more"
)

func signatures(keys ...string) event.Signatures {
	return event.Signatures{Keys: map[string][]string{"payments": keys, "tickets": {ticketsKey}}}
}

// signed is the event of a payment.
func signed(t *testing.T, by event.Signatures) event.Event {
	t.Helper()
	d, err := event.Of(t.Context(), event.PaymentCreated, payment())
	if err == nil {
		err = by.Sign(&d)
	}
	if err != nil {
		t.Fatal(err)
	}
	return d.At(7, noon.Time)
}

// change changes an attribute.
func change(t *testing.T, e *event.Event, name, value string) {
	t.Helper()
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	all[name] = json.RawMessage(strconv.Quote(value))
	if b, err = json.Marshal(all); err == nil {
		err = json.Unmarshal(b, e)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestForged: whatever is changed of what decides, the event is refused.
func TestForged(t *testing.T) {
	t.Parallel()
	genuine := signatures(paymentsKey)
	for name, forge := range map[string]func(*event.Event){
		"unsigned":           func(e *event.Event) { e.RemoveExtensions(event.Signature) },
		"an empty signature": func(e *event.Event) { e.SetExtension(event.Signature, "") },
		"no base64":          func(e *event.Event) { e.SetExtension(event.Signature, "?") },
		"a signature of another": func(e *event.Event) {
			e.SetExtension(event.Signature, signed(t, genuine).Extension(event.Signature))
		},
		"another id":            func(e *event.Event) { change(t, e, "id", "8") },
		"another source":        func(e *event.Event) { change(t, e, "source", "/tickets") },
		"another type":          func(e *event.Event) { change(t, e, "type", "payments.refunded") },
		"another publisher":     func(e *event.Event) { change(t, e, "type", "tickets.created"); change(t, e, "source", "/tickets") },
		"an unknown publisher":  func(e *event.Event) { change(t, e, "type", "bank.created") },
		"another subject":       func(e *event.Event) { change(t, e, "subject", "payment/6") },
		"another order":         func(e *event.Event) { e.Data = []byte(`{"id":5,"orderId":10,"status":"succeeded"}`) },
		"data that is not JSON": func(e *event.Event) { e.Data = []byte(`{"id":5`) },
		"more data": func(e *event.Event) {
			e.Data = append(e.Data[:len(e.Data):len(e.Data)], "{}"...)
		},
		"no data":            func(e *event.Event) { e.Data = nil },
		"the key of another": func(e *event.Event) { *e = signed(t, signatures(ticketsKey)) },
	} {
		e := signed(t, genuine)
		if _, err := genuine.Verify(e); err != nil {
			t.Fatalf("as it was signed: %v", err)
		}
		forge(&e)
		for _, optional := range []bool{false, true} {
			genuine.Optional = optional
			if _, err := genuine.Verify(e); !errors.Is(err, event.ErrForged) && !(optional && name == "unsigned") {
				t.Errorf("%s (optional: %v): %v", name, optional, err)
			}
		}
		genuine.Optional = false
		if _, err := (event.Signatures{}).Verify(e); !errors.Is(err, event.ErrForged) {
			t.Errorf("%s, without a key: %v", name, err)
		}
	}
}

// TestRotation: the first key signs, and each verifies. So a key is added everywhere, then put first, then the old one removed.
func TestRotation(t *testing.T) {
	t.Parallel()
	const next = "the next key of payments, 32 bytes or more"
	steps := []event.Signatures{signatures(paymentsKey), signatures(paymentsKey, next), signatures(next, paymentsKey), signatures(next)}
	for i := range len(steps) - 1 {
		for _, pair := range [][2]int{{i, i + 1}, {i + 1, i}} {
			if _, err := steps[pair[1]].Verify(signed(t, steps[pair[0]])); err != nil {
				t.Errorf("signed at step %d, verified at step %d: %v", pair[0], pair[1], err)
			}
		}
	}
	if _, err := steps[3].Verify(signed(t, steps[0])); err == nil {
		t.Error("the old key still verifies")
	}
}

// TestSignatureSurvivesTransports: brokers and SDKs may write JSON anew, and add extensions of their own.
func TestSignatureSurvivesTransports(t *testing.T) {
	t.Parallel()
	s := signatures(paymentsKey)
	d := event.Draft{Type: "payments.created", Subject: "payment/5", Data: json.RawMessage(`{"b":[1.50,{"z":null,"a":"\u003c \u00e9"}],"a":12345678901234567890}`)}
	if err := s.Sign(&d); err != nil {
		t.Fatal(err)
	}
	const want = `{"a":12345678901234567890,"b":[1.50,{"a":"\u003c é","z":null}]}`
	for name, data := range map[string]string{
		"as it was":      string(d.Data),
		"ordered":        `{"a":12345678901234567890,"b":[1.50,{"a":"< é","z":null}]}`,
		"indented":       "\r\n{\t\"b\": [ 1.50, {\"z\": null, \"a\": \"\\u003C \\u00E9\"} ],\n \"a\": 12345678901234567890 }\n",
		"a name twice":   `{"a":1,"b":[1.50,{"a":"< é","z":null}],"a":12345678901234567890}`,
		"merged objects": `{"b":[1,{"z":1,"y":2}],"a":1,"b":[1.50,{"a":"< é","z":null}],"a":12345678901234567890}`,
	} {
		e := d.At(7, noon.Time)
		e.Data = []byte(data)
		change(t, &e, "datacontenttype", "application/json; charset=utf-8")
		e.SetExtension("knativearrivaltime", "2026-01-02T12:00:00Z")
		got, err := s.Verify(e)
		if err != nil || string(got.Data) != want {
			t.Errorf("%s: %s, %v", name, got.Data, err)
		}
	}
	for name, data := range map[string]string{ // they would be read as something else
		"another case": `{"b":[1.50,{"z":null,"a":"< é"}],"a":12345678901234567890,"A":1}`,
		"rounded":      `{"b":[1.50,{"z":null,"a":"< é"}],"a":12345678901234567000}`,
	} {
		e := d.At(7, noon.Time)
		e.Data = []byte(data)
		if _, err := s.Verify(e); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestSignNeedsThePublishersKey(t *testing.T) {
	t.Parallel()
	for kind, ok := range map[string]bool{"tickets.created": true, "orders.created": false} {
		d := event.Draft{Type: kind, Data: []byte(`{}`)}
		if err := signatures().Sign(&d); (err == nil) != ok || (d.Signature != "") != ok || d.ID == "" {
			t.Errorf("%s: %+v, %v", kind, d, err)
		}
	}
	d := event.Draft{Type: "tickets.created", ID: "mine", Data: []byte(`{}`)}
	if err := (event.Signatures{}).Sign(&d); err != nil || fmt.Sprint(d.ID, d.Signature) != "mine" {
		t.Errorf("without keys: %+v, %v", d, err)
	}
}
