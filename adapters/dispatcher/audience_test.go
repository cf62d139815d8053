package dispatcher

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

// verdict is what a consumer says to an event.
type verdict int

const (
	done verdict = iota
	rejected
	failed
	lacking // a dependency
	junk    // an answer that confirms nothing
)

// heard is what reached a consumer.
type heard struct {
	consumer string
	event    event.Event
}

// dead tells why the event is a dead letter, if it is one.
func (h heard) dead() string {
	reason, _ := h.event.Extensions()[function.DeadReason].(string)
	return reason
}

// audience is all targets: it speaks Lambda's Invoke API at /2015-03-31, and CloudEvents over HTTP at /events.
type audience struct {
	t      *testing.T
	server *httptest.Server
	says   func(heard) verdict // nil: done

	mu  sync.Mutex
	all []heard
}

func newAudience(t *testing.T, says func(heard) verdict) *audience {
	a := &audience{t: t, says: says}
	a.server = httptest.NewServer(a.handler())
	t.Cleanup(a.server.Close)
	return a
}

func (a *audience) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /2015-03-31/functions/{name}/invocations", a.invoke)
	mux.HandleFunc("POST /events/{consumer}", a.receive)
	return mux
}

// hear notes an event and judges it.
func (a *audience) hear(h heard) verdict {
	a.mu.Lock()
	a.all = append(a.all, h)
	a.mu.Unlock()
	if a.says == nil {
		return done
	}
	return a.says(h)
}

func (a *audience) heard() []heard {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]heard(nil), a.all...)
}

// count is how many times an event was heard, be it dead or not.
func (a *audience) count(is func(heard) bool) (n int) {
	for _, h := range a.heard() {
		if is(h) {
			n++
		}
	}
	return n
}

// different is how many different events were heard, by what they are about.
func (a *audience) different() int {
	seen := map[string]bool{}
	for _, h := range a.heard() {
		seen[h.event.Subject()] = true
	}
	return len(seen)
}

func (a *audience) invoke(w http.ResponseWriter, r *http.Request) {
	var b struct {
		Consumer string            `json:"consumer"`
		Events   []json.RawMessage `json:"events"`
	}
	err := json.NewDecoder(r.Body).Decode(&b)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return // who asked was killed
	}
	if err != nil || len(b.Events) != 1 || !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ") {
		a.t.Errorf("a bad invocation: %v, %d events", err, len(b.Events))
		return
	}
	if r.PathValue("name") != "ticketing-"+b.Consumer {
		a.t.Errorf("%s was invoked for %s", r.PathValue("name"), b.Consumer)
	}
	e, err := event.Decode(b.Events[0])
	if err != nil {
		a.t.Errorf("%s: %v", b.Events[0], err)
	}
	switch a.hear(heard{b.Consumer, e}) {
	case done, rejected:
		fmt.Fprint(w, `{"batchItemFailures":[]}`)
	case failed:
		fmt.Fprintf(w, `{"batchItemFailures":[{"itemIdentifier":%q}]}`, e.ID())
	case lacking:
		fmt.Fprintf(w, `{"batchItemFailures":[{"itemIdentifier":%q,"temporary":true}]}`, e.ID())
	case junk:
		fmt.Fprint(w, `{"statusCode":404}`)
	}
}

func (a *audience) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // who asked was killed
	}
	switch a.hear(heard{r.PathValue("consumer"), a.unpack(r.Header, body)}) {
	case done:
		w.WriteHeader(http.StatusAccepted)
	case rejected:
		w.WriteHeader(http.StatusUnprocessableEntity)
	case failed:
		w.WriteHeader(http.StatusInternalServerError)
	case lacking:
		w.WriteHeader(http.StatusServiceUnavailable)
	case junk:
		w.WriteHeader(http.StatusNotFound)
	}
}

// unpack reads an event in binary mode.
func (a *audience) unpack(header http.Header, body []byte) event.Event {
	structured := map[string]any{"data": json.RawMessage(body), "datacontenttype": header.Get("Content-Type")}
	for name, values := range header {
		if attribute, ok := strings.CutPrefix(strings.ToLower(name), "ce-"); ok {
			var err error
			if structured[attribute], err = url.PathUnescape(values[0]); err != nil {
				a.t.Error(err)
			}
		}
	}
	text, err := json.Marshal(structured)
	if err != nil {
		a.t.Error(err)
	}
	e, err := event.Decode(text)
	if err != nil {
		a.t.Errorf("%s: %v", text, err)
	}
	return e
}
