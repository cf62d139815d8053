package knative

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

const ticket = `{"id":3,"title":"Opera","price":1250,"version":0,"user_id":7,"userId":7,"created_at":"2026-01-02T12:00:00Z","createdAt":"2026-01-02T12:00:00Z"}`

// signature is the publisher's, or "" for data that cannot be signed.
func signature(id, kind, data string) string {
	d := event.Draft{ID: id, Type: kind, Data: []byte(data)}
	_ = functiontest.Signatures().Sign(&d)
	return d.Signature
}

func structured(kind string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"specversion":"1.0","id":"1","source":"/tickets","type":"`+kind+`","signature":"`+signature("1", kind, ticket)+`","data":`+ticket+`}`))
	r.Header.Set("Content-Type", "application/cloudevents+json; charset=UTF-8")
	return r
}

func inHeaders(kind, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	for name, value := range map[string]string{"Content-Type": "application/json", "ce-specversion": "1.0", "ce-id": "1%20%C3%A9", "ce-source": "/tickets",
		"ce-type": kind, "ce-signature": signature("1 é", kind, body), "ce-time": "2026-01-02T12:00:00Z", "ce-knativearrivaltime": "2026-01-02T12:00:01Z", "ce-share": "100%"} {
		r.Header.Set(name, value)
	}
	return r
}

func at(path string, r *http.Request) *http.Request { r.URL.Path = path; return r }

func with(name, value string, r *http.Request) *http.Request { r.Header.Set(name, value); return r }

func TestPaths(t *testing.T) {
	t.Parallel()
	away := apierror.Unavailable(errors.New("the database is unavailable"))
	for name, c := range map[string]struct {
		request *http.Request
		failing error
		only    string // FUNCTIONS
		want    int
	}{
		"structured":                  {request: at("/events/copy-ticket", structured("tickets.created")), want: 200},
		"binary":                      {request: at("/events/copy-ticket", inHeaders("tickets.created", ticket)), want: 200},
		"by its type":                 {request: inHeaders("tickets.created", ticket), want: 200},
		"by its type, structured":     {request: structured("tickets.created"), want: 200},
		"two of its type":             {request: structured("tickets.updated"), want: 404},
		"none of its type":            {request: structured("tickets.deleted"), want: 404},
		"no such consumer":            {request: at("/events/send-mail", structured("tickets.created")), want: 404},
		"of a newer version":          {request: at("/events/copy-ticket", structured("tickets.deleted")), want: 503},
		"of a newer version, no key":  {request: with("ce-knativeerrorcode", "500", at("/events/copy-ticket", inHeaders("news.sent", ticket))), want: 503},
		"the only one":                {request: structured("tickets.updated"), only: "count-ticket", want: 200},
		"one that is not selected":    {request: at("/events/copy-ticket", structured("tickets.created")), only: "count-ticket", want: 404},
		"away":                        {request: at("/events/copy-ticket", structured("tickets.created")), failing: away, want: 503},
		"away, binary":                {request: inHeaders("tickets.created", ticket), failing: away, want: 503},
		"failed":                      {request: inHeaders("tickets.created", ticket), failing: errors.New("s3cret"), want: 500},
		"no dead letters to go to":    {request: inHeaders("tickets.created", `{"id":-1}`), want: 500},
		"forged":                      {request: with("ce-id", "2", inHeaders("tickets.created", ticket)), want: 422},
		"forged, a Broker's":          {request: with("ce-knativeerrorcode", "500", with("ce-id", "2", inHeaders("tickets.created", ticket))), want: 200},
		"unsigned":                    {request: at("/events/copy-ticket", with("ce-signature", "", inHeaders("tickets.created", ticket))), want: 422},
		"no id":                       {request: with("ce-id", "", inHeaders("tickets.created", ticket)), want: 400},
		"a bad extension":             {request: with("ce-bad_name", "1", inHeaders("tickets.created", ticket)), want: 400},
		"of another version":          {request: with("ce-specversion", "9.9", inHeaders("tickets.created", ticket)), want: 400},
		"malformed":                   {request: with("Content-Type", "application/cloudevents+json", inHeaders("tickets.created", "{")), want: 400},
		"no path without consumers":   {request: with("Content-Type", "application/cloudevents+json", inHeaders("tickets.created", "{")), only: "greet", want: 404},
		"no event":                    {request: at("/events/copy-ticket", httptest.NewRequest(http.MethodPost, "/", strings.NewReader("{}"))), want: 415},
		"no event, and no path":       {request: httptest.NewRequest(http.MethodPost, "/", strings.NewReader("{}")), want: 404},
		"a batch":                     {request: at("/events/copy-ticket", with("Content-Type", "application/cloudevents-batch+json", httptest.NewRequest(http.MethodPost, "/", strings.NewReader("[]")))), want: 415},
		"too large":                   {request: inHeaders("tickets.created", strings.Repeat(" ", 1<<20)+ticket), want: 413},
		"a tick":                      {request: httptest.NewRequest(http.MethodPost, "/schedules/sweep", nil), want: 200},
		"a tick that fails":           {request: httptest.NewRequest(http.MethodPost, "/schedules/sweep", nil), failing: errors.New("s3cret"), want: 500},
		"a tick, and away":            {request: httptest.NewRequest(http.MethodPost, "/schedules/sweep", nil), failing: away, want: 503},
		"a tick of nothing":           {request: httptest.NewRequest(http.MethodPost, "/schedules/greet", nil), want: 404},
		"not a POST, no tick":         {request: httptest.NewRequest(http.MethodGet, "/schedules/sweep", nil), want: 404},
		"an endpoint is as it was":    {request: httptest.NewRequest(http.MethodPost, "/greet", nil), want: 200},
		"an endpoint not selected":    {request: httptest.NewRequest(http.MethodPost, "/greet", nil), only: "count-ticket", want: 404},
		"an event that is not a POST": {request: func() *http.Request { r := structured("tickets.created"); r.Method = http.MethodGet; return r }(), want: 404},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, _ := running(t, (&fixture{failing: c.failing}).build, config.Values{"FUNCTIONS": c.only})
			w := httptest.NewRecorder()
			f.Handle(w, c.request)
			if w.Code != c.want {
				t.Fatalf("%d %s, want %d", w.Code, w.Body, c.want)
			}
			if (w.Code == http.StatusServiceUnavailable) != (w.Header().Get("Retry-After") != "") {
				t.Errorf("%d with Retry-After %q", w.Code, w.Header().Get("Retry-After"))
			}
			if w.Code == http.StatusOK && w.Body.Len() > 0 && c.request.URL.Path != "/greet" {
				t.Errorf("200 with a body, which Eventing takes for an event: %s", w.Body)
			}
			if strings.Contains(w.Body.String(), "s3cret") {
				t.Errorf("it shows its cause: %s", w.Body)
			}
		})
	}
}
