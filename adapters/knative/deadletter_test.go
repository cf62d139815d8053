package knative

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/apierror"
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

func bodyOf(err error) string {
	w := httptest.NewRecorder()
	apierror.Write(w, err)
	return strings.TrimSpace(w.Body.String())
}

// TestDeadLetters: what a dispatcher gave up, or a Broker because the consumer itself failed, is kept once, as it was before, and not
// handled. What a Broker could not bring is handled, and kept only if that fails and BUS_GIVE_UP is over.
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
	away := apierror.Unavailable(errors.New("no database"))
	failed, rejected := bodyOf(function.ErrFailed), bodyOf(function.ErrRejected)
	const of = "given up by Knative: http://orders.ticketing.svc.cluster.local/events/copy-ticket answered "
	for name, c := range map[string]struct {
		request *http.Request
		full    error
		failing error
		giveUp  string // BUS_GIVE_UP
		want    int
		reason  string // "" if nothing is kept
		handled bool   // as if no Broker had given it up
	}{
		"the dispatcher's":             {request: with("ce-deadreason", "ten times: 100%25", inHeaders("tickets.created", ticket)), want: 200, reason: "ten times: 100%"},
		"the dispatcher's, structured": {request: inJSON(`"deadreason":"ten times"`), want: 200, reason: "ten times"},
		"a Broker's":                   {request: gaveUp("500", failed), want: 200, reason: of + "500: " + failed},
		"a Broker's, structured":       {request: inJSON(`"knativeerrorcode":500,"knativeerrordest":"http://x","knativeerrordata":"` + base64.StdEncoding.EncodeToString([]byte(failed)) + `"`), want: 200, reason: "given up by Knative: http://x answered 500: " + failed},
		"rejected before":              {request: gaveUp("422", rejected), want: 200},
		"rejected before, structured":  {request: inJSON(`"knativeerrorcode":422,"knativeerrordata":"` + base64.StdEncoding.EncodeToString([]byte(rejected)) + `"`), want: 200},
		"no place":                     {request: gaveUp("500", failed), full: errors.New("full"), want: 500},
		"away before":                  {request: gaveUp("503", `{"message":"away"}`), want: 200, handled: true},
		"away before, structured":      {request: inJSON(`"knativeerrorcode":504`), want: 200, handled: true},
		"not reached":                  {request: gaveUp("500", `dispatch error: Post "http://orders": EOF`), want: 200, handled: true},
		"not reached, structured":      {request: inJSON(`"knativeerrorcode":500,"knativeerrordata":"ZGlzcGF0Y2ggZXJyb3I6IEVPRg=="`), want: 200, handled: true},
		"nothing said":                 {request: gaveUp("500", ""), want: 200, handled: true},
		"no base64":                    {request: with("ce-knativeerrordata", "YQ", gaveUp("500", "")), want: 200, handled: true},
		"no text":                      {request: gaveUp("500", "\xff!"), want: 200, handled: true},
		"a policy":                     {request: gaveUp("403", "RBAC: access denied"), want: 200, handled: true},
		"a route that was not there":   {request: gaveUp("404", ""), want: 200, handled: true},
		"too large for a proxy":        {request: gaveUp("413", "Request Entity Too Large"), want: 200, handled: true},
		"a firewall's opinion":         {request: gaveUp("422", "Unprocessable Content"), want: 200, handled: true},
		"no request could be made":     {request: gaveUp("-1", ""), want: 200, handled: true},
		"away still":                   {request: gaveUp("503", ""), failing: away, want: 503, handled: true},
		"away for too long":            {request: gaveUp("503", ""), failing: away, giveUp: "1ns", want: 200, handled: true, reason: of + "503: Service unavailable. no database"},
		"fails, old":                   {request: gaveUp("404", ""), failing: errors.New("a bug"), giveUp: "1ns", want: 200, handled: true, reason: of + "404: a bug"},
		"fails":                        {request: gaveUp("404", ""), failing: errors.New("a bug"), want: 500, handled: true},
		"rejected now":                 {request: gaveUp("404", ""), failing: function.Reject(errors.New("a bug")), want: 200, handled: true, reason: "a bug"},
		"old, and not from a Broker":   {request: inHeaders("tickets.created", ticket), failing: away, giveUp: "1ns", want: 503, handled: true},
		"old, and handled":             {request: gaveUp("503", ""), giveUp: "1ns", want: 200, handled: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kept := &letters{full: c.full}
			service, _ := new(fixture).build(nil)
			service.DeadLetters = kept
			handled := false
			service.Consumers[0].Handle = func(_ context.Context, e event.Event) error {
				handled = e.Extension(errorCode) == ""
				return c.failing
			}
			f, _ := running(t, func(config.Values) (function.Service, error) { return service, nil }, config.Values{"BUS_GIVE_UP": cmp.Or(c.giveUp, "876000h")})
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
			for name := range e.Attributes() {
				if strings.HasPrefix(name, "knativeerror") || name == function.DeadReason {
					t.Errorf("it keeps its mark %s", name)
				}
			}
		})
	}
}
