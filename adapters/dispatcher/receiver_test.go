package dispatcher

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

// outcome is a consumer's answer to an event.
type outcome int

const (
	done outcome = iota
	rejected
	failed
	lacking // a dependency
	lost    // something between answers that it failed
)

// received is an event that reached a consumer.
type received struct {
	consumer string
	event    event.Event
}

// dead returns why the event is a dead letter, if it is one.
func (r received) dead() string {
	reason := r.event.Extension(function.DeadReason)
	return reason
}

// receiver is all targets: it speaks Lambda's Invoke API at /2015-03-31, and CloudEvents over HTTP at /events.
type receiver struct {
	t      *testing.T
	server *httptest.Server
	answer func(received) outcome // nil: done

	mu   sync.Mutex
	seen []received
}

func newReceiver(t *testing.T, answer func(received) outcome) *receiver {
	r := &receiver{t: t, answer: answer}
	r.server = httptest.NewServer(r.handler())
	t.Cleanup(r.server.Close)
	return r
}

func (r *receiver) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /2015-03-31/functions/{name}/invocations", r.invoke)
	mux.HandleFunc("POST /events/{consumer}", r.receive)
	return mux
}

// consume notes an event and answers it. The tests are about one consumer of tickets; that of notifications takes them all.
func (r *receiver) consume(e received) outcome {
	if e.consumer == "note-ticket" {
		return done
	}
	r.mu.Lock()
	r.seen = append(r.seen, e)
	r.mu.Unlock()
	if r.answer == nil {
		return done
	}
	return r.answer(e)
}

func (r *receiver) all() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.seen)
}

// count is how many times an event was received, dead or not.
func (r *receiver) count(is func(received) bool) (n int) {
	for _, e := range r.all() {
		if is(e) {
			n++
		}
	}
	return n
}

// different is how many different events were received, by what they are about.
func (r *receiver) different() int {
	subjects := map[string]bool{}
	for _, e := range r.all() {
		subjects[e.event.Subject()] = true
	}
	return len(subjects)
}

func (r *receiver) invoke(w http.ResponseWriter, req *http.Request) {
	var b batch
	err := json.NewDecoder(req.Body).Decode(&b)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return // the dispatcher was killed
	}
	if err != nil || len(b.Events) != 1 || req.PathValue("name") != "ticketing-"+b.Consumer || !strings.HasPrefix(req.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ") {
		r.t.Errorf("a bad invocation of %s for %s: %v, %d events", req.PathValue("name"), b.Consumer, err, len(b.Events))
		return
	}
	end := r.consume(received{b.Consumer, b.Events[0]})
	if end == lost {
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
	}
	fmt.Fprint(w, map[outcome]string{
		done: `{"batchItemFailures":[]}`, rejected: `{"batchItemFailures":[]}`,
		failed:  fmt.Sprintf(`{"batchItemFailures":[{"itemIdentifier":%q}]}`, b.Events[0].ID()),
		lacking: fmt.Sprintf(`{"batchItemFailures":[{"itemIdentifier":%q,"temporary":true}]}`, b.Events[0].ID()),
		lost:    `{"errorMessage":"Task timed out after 3.00 seconds"}`,
	}[end])
}

func (r *receiver) receive(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // the dispatcher was killed
	}
	structured := map[string]any{"data": json.RawMessage(body), "datacontenttype": req.Header.Get("Content-Type")}
	for name, values := range req.Header {
		if attribute, ok := strings.CutPrefix(strings.ToLower(name), "ce-"); ok {
			value, err := url.PathUnescape(values[0])
			if err != nil {
				r.t.Error(err)
			}
			structured[attribute] = value
		}
	}
	text, err := json.Marshal(structured)
	if err != nil {
		r.t.Error(err)
	}
	e, err := event.Decode(text)
	if err != nil {
		r.t.Errorf("%s: %v", text, err)
	}
	switch r.consume(received{req.PathValue("consumer"), e}) {
	case done:
		w.WriteHeader(http.StatusAccepted)
	case rejected:
		apierror.Write(w, function.ErrRejected)
	case failed:
		apierror.Write(w, function.ErrFailed)
	case lacking:
		apierror.Write(w, apierror.Unavailable(nil))
	case lost:
		http.Error(w, "Internal Server Error", http.StatusInternalServerError)
	}
}
