package knative_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// TestBroker: the broker of these tests does what the source of Eventing says.
func TestBroker(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers map[string][]int // of a subscriber and of the sink, in turn, the last one forever; 0: words that are no event
		asked   string
		code    string // of the dead letter
		status  int    // of the ingress
	}{
		"all is well":         {nil, "one", "", 202},
		"away at first":       {map[string][]int{"one": {503, 429, 404, 409, 204}}, "one one one one one", "", 202},
		"refused":             {map[string][]int{"one": {422}}, "one sink", "422", 202},
		"failed":              {map[string][]int{"one": {500}}, "one one one one one sink", "500", 202},
		"words":               {map[string][]int{"one": {0}}, "one sink", "502", 202},
		"the sink fails once": {map[string][]int{"one": {422}, "sink": {503, 200}}, "one sink sink", "422", 202},
		"the sink refuses":    {map[string][]int{"one": {422}, "sink": {422}}, "one sink", "422", 500},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var asked []string
			var last http.Header
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				who := strings.TrimPrefix(r.URL.Path, "/")
				if asked, last = append(asked, who), r.Header; len(c.answers[who]) == 0 {
					return
				}
				status := c.answers[who][0]
				if len(c.answers[who]) > 1 {
					c.answers[who] = c.answers[who][1:]
				}
				if status == 0 {
					_, _ = w.Write([]byte("words"))
					return
				}
				w.WriteHeader(status)
			}))
			defer server.Close()
			wanted := trigger{}
			wanted.Spec.Filters = []filter{{Any: []filter{{Exact: map[string]string{"type": "tickets.created"}}, {Exact: map[string]string{"type": "tickets.updated"}}}}}
			wanted.Spec.Subscriber.Ref.Name, wanted.Spec.Delivery.DeadLetterSink.Ref.Name = "one", "sink"
			other := wanted
			other.Spec.Filters = []filter{{Exact: map[string]string{"type": "orders.created"}}}
			b := &broker{client: server.Client(), inside: server.URL, triggers: []trigger{wanted, other}}
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{}`))
			r.Header = http.Header{"Ce-Id": {"7"}, "Ce-Type": {"tickets.created"}, "Authorization": {"none of theirs"}}
			w := httptest.NewRecorder()
			b.ServeHTTP(w, r)
			mu.Lock()
			defer mu.Unlock()
			if got := strings.Join(asked, " "); got != c.asked || w.Code != c.status {
				t.Errorf("asked %s, want %s; %d, want %d", got, c.asked, w.Code, c.status)
			}
			if last.Get("ce-id") != "7" || last.Get("ce-knativeerrorcode") != c.code || last.Get("Authorization") != "" || (last.Get("Prefer") == "reply") != (c.code == "") {
				t.Errorf("the last one was given %v, want code %s", last, strconv.Quote(c.code))
			}
		})
	}
}
