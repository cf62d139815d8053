package town_test

import (
	"context"
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// audience is two subscribers and a dead-letter sink, which answer as they are told: one thing after the other,
// and the last one for ever.
type audience struct {
	answers map[string][]string // a status, gone (no answer at all) or talk (200 with words); none: 200

	mu    sync.Mutex
	asked []string // who, in order
	heard map[string]cloudEvent
}

func (a *audience) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	who := strings.TrimPrefix(r.URL.Path, "/")
	e, err := readEvent(r.Header, r.Body)
	if err != nil || r.Header.Get("Kn-Namespace") == "" || (r.Header.Get("Prefer") == "reply") == (who == "sink") {
		w.WriteHeader(http.StatusTeapot)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked, a.heard[who] = append(a.asked, who), e
	answers := a.answers[who]
	if len(answers) == 0 {
		return
	}
	if len(answers) > 1 {
		a.answers[who] = answers[1:]
	}
	switch answers[0] {
	case "gone":
		panic(http.ErrAbortHandler)
	case "talk":
		_, _ = w.Write([]byte("la")) // who hung up does not hear it
	default:
		status, _ := strconv.Atoi(answers[0]) // 0 is no status: WriteHeader panics
		w.WriteHeader(status)
		if status >= 400 {
			_, _ = w.Write([]byte("no")) // who hung up does not hear it
		}
	}
}

// of returns the filters of a Trigger for events of a type, or another that nobody publishes.
func of(kind string) []filter {
	return []filter{{Exact: map[string]string{"specversion": "1.0"}}, {Any: []filter{{Exact: map[string]string{"type": kind}}, {Exact: map[string]string{"type": "songs.sung"}}}}}
}

// TestBroker: the broker of these tests does what the source of Eventing says.
func TestBroker(t *testing.T) {
	t.Parallel()
	const one, three, dead = "one", "one one one", " sink"
	for name, c := range map[string]struct {
		answers map[string][]string
		noSink  bool
		asked   string // of those that fail
		code    string // of the dead letter
		status  int    // of the ingress; 0: 202
	}{
		"all is well":              {asked: one},
		"away at first":            {answers: map[string][]string{"one": {"503", "429", "204"}}, asked: three},
		"not there yet":            {answers: map[string][]string{"one": {"404", "200"}}, asked: "one one"},
		"late, and in conflict":    {answers: map[string][]string{"one": {"408", "409", "200"}}, asked: three},
		"it dies":                  {answers: map[string][]string{"one": {"gone", "502", "200"}}, asked: three},
		"refused":                  {answers: map[string][]string{"one": {"422"}}, asked: one + dead, code: "422"},
		"malformed":                {answers: map[string][]string{"one": {"400"}}, asked: one + dead, code: "400"},
		"failed":                   {answers: map[string][]string{"one": {"500"}}, asked: three + dead, code: "500"},
		"away for good":            {answers: map[string][]string{"one": {"503"}}, asked: three + dead, code: "503"},
		"it dies again and again":  {answers: map[string][]string{"one": {"gone"}}, asked: three + dead, code: "500"},
		"it says what is no event": {answers: map[string][]string{"one": {"talk"}}, asked: three + dead},
		"the sink may talk":        {answers: map[string][]string{"one": {"422"}, "sink": {"503", "talk"}}, asked: one + dead + dead, code: "422"},
		"the sink fails":           {answers: map[string][]string{"one": {"422"}, "sink": {"500"}}, asked: one + dead + dead + dead, code: "422", status: 500},
		"the sink refuses":         {answers: map[string][]string{"one": {"422"}, "sink": {"422"}}, asked: one + dead, code: "422", status: 500},
		"no sink":                  {answers: map[string][]string{"one": {"422"}}, noSink: true, asked: one, status: 500},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &audience{answers: c.answers, heard: map[string]cloudEvent{}}
			server := httptest.NewServer(a)
			defer server.Close()
			d := delivery{retry: 2, backoffDelay: time.Millisecond, deadLetters: server.URL + "/sink"}
			if c.noSink {
				d.deadLetters = ""
			}
			b := &broker{client: server.Client(), log: slog.New(slog.DiscardHandler), triggers: []trigger{
				{"one", of("tickets.created"), server.URL + "/one", d},
				{"two", of("tickets.created"), server.URL + "/two", d},
				{"three", of("tickets.updated"), server.URL + "/three", d},
			}}
			w := httptest.NewRecorder()
			b.ServeHTTP(w, post("tickets.created"))
			if want := max(c.status, http.StatusAccepted); w.Code != want {
				t.Errorf("%d, want %d", w.Code, want)
			}
			a.mu.Lock()
			defer a.mu.Unlock()
			var asked []string
			for _, who := range a.asked {
				if who != "two" {
					asked = append(asked, who)
				}
			}
			if got := strings.Join(asked, " "); got != c.asked || len(a.asked) != len(asked)+1 {
				t.Errorf("asked %v, want two once, and %s", a.asked, c.asked)
			}
			checkHeard(t, a.heard, server.URL+"/one", c.code)
		})
	}
}

func post(kind string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{}`))
	for name, value := range map[string]string{"specversion": "1.0", "id": "7", "source": "/tickets", "type": kind, "knativebrokerttl": "1"} {
		r.Header.Set("ce-"+name, value)
	}
	return r
}

// checkHeard looks at what the subscriber and the dead-letter sink were given.
func checkHeard(t *testing.T, heard map[string]cloudEvent, subscriber, code string) {
	t.Helper()
	e := heard["two"]
	if e.attribute("id") != "7" || string(e.data) != "{}" || e.attribute("knativearrivaltime") == "" || e.attribute("knativebrokerttl") != "" {
		t.Errorf("the subscriber heard %v %s", e.header, e.data)
	}
	dead, found := heard["sink"]
	if !found {
		return
	}
	if dead.attribute("id") != "7" || string(dead.data) != "{}" || dead.attribute("knativeerrorcode") != code {
		t.Errorf("the dead letter is %v %s, want code %q", dead.header, dead.data, code)
	}
	data, err := base64.StdEncoding.DecodeString(dead.attribute("knativeerrordata"))
	if code != "" && (err != nil || len(data) == 0 || dead.attribute("knativeerrordest") != subscriber) {
		t.Errorf("the dead letter says %q of %q (%v)", data, dead.attribute("knativeerrordest"), err)
	}
}

func TestBrokerTakesEventsOnly(t *testing.T) {
	t.Parallel()
	b := &broker{client: http.DefaultClient, log: slog.New(slog.DiscardHandler)}
	bare := post("tickets.created")
	bare.Header.Del("ce-id")
	for _, c := range []struct {
		request *http.Request
		want    int
	}{
		{post("tickets.created"), http.StatusAccepted}, // nobody wants it
		{bare, http.StatusBadRequest},
		{httptest.NewRequest(http.MethodGet, "/", http.NoBody), http.StatusMethodNotAllowed},
	} {
		w := httptest.NewRecorder()
		if b.ServeHTTP(w, c.request); w.Code != c.want {
			t.Errorf("%s %v: %d, want %d", c.request.Method, c.request.Header, w.Code, c.want)
		}
	}
}

// TestBrokerGivesUp: when the sender hangs up, there is no further attempt, and no dead letter.
func TestBrokerGivesUp(t *testing.T) {
	t.Parallel()
	ctx, hangUp := context.WithCancel(t.Context())
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
		hangUp()
	}))
	defer server.Close()
	b := &broker{client: server.Client(), log: slog.New(slog.DiscardHandler), triggers: []trigger{
		{"one", of("tickets.created"), server.URL, delivery{retry: 1, backoffDelay: time.Hour, deadLetters: server.URL}},
	}}
	w := httptest.NewRecorder()
	if b.ServeHTTP(w, post("tickets.created").WithContext(ctx)); w.Code != http.StatusInternalServerError || asked.Load() != 1 {
		t.Errorf("%d after %d attempts", w.Code, asked.Load())
	}
}

func TestPause(t *testing.T) {
	t.Parallel()
	plain := delivery{backoffDelay: time.Second}
	linear := delivery{backoffDelay: time.Second, linear: true}
	patient := delivery{backoffDelay: time.Second, retryAfterMax: 10 * time.Second}
	for _, c := range []struct {
		delivery delivery
		n        int
		outcome  outcome
		want     time.Duration
	}{
		{plain, 0, outcome{status: 500}, time.Second},
		{plain, 3, outcome{status: 500}, 8 * time.Second},
		{plain, 0, outcome{status: 503, retryAfter: "5"}, time.Second},
		{linear, 0, outcome{status: 500}, 0},
		{linear, 3, outcome{status: 500}, 3 * time.Second},
		{patient, 0, outcome{status: 503, retryAfter: "5"}, 5 * time.Second},
		{patient, 3, outcome{status: 429, retryAfter: "5"}, 8 * time.Second},
		{patient, 0, outcome{status: 429, retryAfter: "60"}, 10 * time.Second},
		{patient, 0, outcome{status: 500, retryAfter: "5"}, time.Second},
	} {
		if got := c.delivery.pause(c.n, c.outcome); got != c.want {
			t.Errorf("%+v, attempt %d, %+v: %v, want %v", c.delivery, c.n, c.outcome, got, c.want)
		}
	}
}
