package adaptertest

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

const traceID = "0af7651916cd43dd8448eb211c80319c"

// ticketCreated is the event whose consumer ends as title says, with some of its fields changed.
func ticketCreated(t *testing.T, title string, changes map[string]any) []byte {
	t.Helper()
	return ticketEvent(t, event.TicketCreated, event.Ticket{ID: 1, UserID: 1, Title: title, Price: 100}, changes)
}

// ticketEvent is an event of a ticket, signed by tickets before its fields are changed.
func ticketEvent(t *testing.T, kind event.Type[event.Ticket], ticket event.Ticket, changes map[string]any) []byte {
	t.Helper()
	e := functiontest.EventWithID(t, "7", kind, ticket)
	e.SetExtension("traceparent", "00-"+traceID+"-b7ad6b7169203331-01")
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(b, &fields); err != nil {
		t.Fatal(err)
	}
	for name, value := range changes {
		if fields[name] = value; value == nil {
			delete(fields, name)
		}
	}
	if b, err = json.Marshal(fields); err != nil {
		t.Fatal(err)
	}
	return b
}

func testEvents(t *testing.T, h Harness) {
	t.Parallel()
	for name, c := range map[string]struct {
		event   []byte
		away    bool   // the dead letters are
		again   bool   // it must come again
		letter  string // the reason, or part of it, of the dead letter
		handled bool
	}{
		"done":                        {event: ticketCreated(t, "done", nil), handled: true},
		"has a deadline":              {event: ticketCreated(t, "deadline", nil), handled: true},
		"retry":                       {event: ticketCreated(t, "retry", nil), handled: true, again: true},
		"a dependency is unavailable": {event: ticketCreated(t, "unavailable", nil), handled: true, again: true},
		"panic":                       {event: ticketCreated(t, "panic", nil), handled: true, again: true},
		"reject":                      {event: ticketCreated(t, "reject", nil), handled: true, letter: "never"},
		"nowhere to reject to":        {event: ticketCreated(t, "reject", nil), handled: true, away: true, again: true},
		"invalid data":                {event: ticketEvent(t, event.TicketCreated, event.Ticket{ID: -1}, nil), letter: "data"},
		"another type":                {event: ticketEvent(t, "tickets.sung", event.Ticket{}, nil), again: true},
		"forged":                      {event: ticketCreated(t, "done", map[string]any{"data": map[string]any{"id": 2}})},
		"forged, and given up":        {event: ticketCreated(t, "done", map[string]any{"subject": "ticket/2", function.DeadReason: "failed ten times"})},
		"unsigned":                    {event: ticketCreated(t, "done", map[string]any{event.Signature: nil})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEcho()
			e.away = c.away
			p := h.Start(t, e.service(), longTimeout)
			ctx, cancel := context.WithTimeout(t.Context(), longTimeout)
			defer cancel()
			if err := p.Deliver(ctx, c.event); (err != nil) != c.again {
				t.Errorf("settled with %v, want again: %v", err, c.again)
			}
			e.checkDeadLetter(t, c.letter, c.event)
			if got := strings.Join(e.traces, " "); (got == traceID) != c.handled {
				t.Errorf("handled in the trace %q", got)
			}
		})
	}
	t.Run("given up", func(t *testing.T) { testGivenUp(t, h) })
}

// testGivenUp: what the dispatcher gave up is not handled, but stored as it was.
func testGivenUp(t *testing.T, h Harness) {
	t.Parallel()
	e := newEcho()
	p := h.Start(t, e.service(), longTimeout)
	if err := p.Deliver(t.Context(), ticketCreated(t, "done", map[string]any{function.DeadReason: "failed ten times"})); err != nil {
		t.Errorf("a dead letter came again: %v", err)
	}
	if len(e.traces) > 0 {
		t.Error("a dead letter was handled")
	}
	e.checkDeadLetter(t, "failed ten times", ticketCreated(t, "done", nil))
}

// checkDeadLetter checks the dead letter, or that there is none.
func (e *echo) checkDeadLetter(t *testing.T, reason string, data []byte) {
	t.Helper()
	letters := e.kept()
	if reason == "" {
		if len(letters) > 0 {
			t.Errorf("dead letters %v", letters)
		}
		return
	}
	if len(letters) != 1 || letters[0].Function != "consume" || !strings.Contains(letters[0].Reason, reason) {
		t.Fatalf("dead letters %+v, want one of consume with reason %q", letters, reason)
	}
	var got, want map[string]any
	if json.Unmarshal(letters[0].Event, &got) != nil || json.Unmarshal(data, &want) != nil || got["type"] != want["type"] || got["id"] != want["id"] || got[function.DeadReason] != nil {
		t.Errorf("the letter holds %s, not %s", letters[0].Event, data)
	}
}
