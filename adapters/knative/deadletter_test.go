package knative

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

// letters keeps the last dead letter.
type letters struct {
	function.DeadLetters
	full error
	last function.DeadLetter
}

func (l *letters) Add(_ context.Context, letter function.DeadLetter) error {
	if l.full == nil {
		l.last = letter
	}
	return l.full
}

// TestDeadLetters: what a dispatcher or a Broker gave up is kept once, as it was before, and not handled.
func TestDeadLetters(t *testing.T) {
	t.Parallel()
	gaveUp := func(code, answer string) *http.Request {
		r := inHeaders("tickets.created", ticket)
		with("ce-knativeerrordest", "http://orders.ticketing.svc.cluster.local/events/copy-ticket", r)
		with("ce-knativeerrordata", base64.StdEncoding.EncodeToString([]byte(answer)), r)
		return with("ce-knativeerrorcode", code, r)
	}
	inJSON := func(extensions string) *http.Request {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(
			`{"specversion":"1.0","id":"1 \u00e9","source":"/tickets","type":"tickets.created","signature":"`+signature("1 é", "tickets.created", ticket)+`",`+extensions+`,"data":`+ticket+`}`))
		return with("Content-Type", "application/cloudevents+json", r)
	}
	const of = "given up by Knative: http://orders.ticketing.svc.cluster.local/events/copy-ticket answered "
	for name, c := range map[string]struct {
		request *http.Request
		full    error
		want    int
		reason  string // "" if nothing is kept
		handled bool   // as if no Broker had given it up
	}{
		"the dispatcher's":             {request: with("ce-deadreason", "ten times: 100%25", inHeaders("tickets.created", ticket)), want: 200, reason: "ten times: 100%"},
		"the dispatcher's, structured": {request: inJSON(`"deadreason":"ten times"`), want: 200, reason: "ten times"},
		"a Broker's":                   {request: gaveUp("500", `{"message":"odd"}`), want: 200, reason: of + `500: {"message":"odd"}`},
		"a Broker's, no text":          {request: gaveUp("500", "\xff!"), want: 200, reason: of + "500: \uFFFD!"},
		"a Broker's, cut":              {request: with("ce-knativeerrordata", "YQ", gaveUp("500", "")), want: 200, reason: of + "500: YQ"},
		"a Broker's, structured":       {request: inJSON(`"knativeerrorcode":400,"knativeerrordest":"http://x"`), want: 200, reason: "given up by Knative: http://x answered 400"},
		"rejected before":              {request: gaveUp("422", "Rejected"), want: 200},
		"rejected before, structured":  {request: inJSON(`"knativeerrorcode":422`), want: 200},
		"no place":                     {request: gaveUp("500", ""), full: errors.New("full"), want: 500},
		"away before":                  {request: gaveUp("503", `{"message":"away"}`), want: 200, handled: true},
		"away before, structured":      {request: inJSON(`"knativeerrorcode":504`), want: 200, handled: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kept := &letters{full: c.full}
			service, _ := new(fixture).build(nil)
			service.DeadLetters = kept
			handled := false
			service.Consumers[0].Handle = func(_ context.Context, e event.Event) error {
				_, marked := e.Extensions()[errorCode]
				handled = !marked
				return nil
			}
			f, _ := running(t, func(config.Values) (function.Service, error) { return service, nil }, nil)
			w := httptest.NewRecorder()
			f.Handle(w, at("/events/copy-ticket", c.request))
			if w.Code != c.want || w.Code == http.StatusOK && w.Body.Len() > 0 {
				t.Fatalf("%d %q, want %d", w.Code, w.Body, c.want)
			}
			if kept.last.Reason != c.reason || handled != c.handled {
				t.Fatalf("kept because %q, handled: %v", kept.last.Reason, handled)
			}
			if c.reason == "" {
				return
			}
			e, err := event.Decode(kept.last.Event)
			if err != nil || e.ID() != "1 é" || e.Type() != "tickets.created" || kept.last.Function != "copy-ticket" {
				t.Errorf("kept %s of %s: %v", kept.last.Event, kept.last.Function, err)
			}
			for name := range e.Extensions() {
				if strings.HasPrefix(name, "knativeerror") || name == function.DeadReason {
					t.Errorf("it keeps its mark %s", name)
				}
			}
		})
	}
}
