package client

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// reply is what a service answers: a body of JSON, or an error by its message and code.
type reply struct {
	status int
	body   any
	header http.Header
}

func ok(body any) []reply { return []reply{{status: http.StatusOK, body: body}} }

func refuse(status int, message, code string) []reply {
	return []reply{{status: status, body: map[string]string{"message": message, "code": code}}}
}

// answers are what the services answer, by method and path, in turn; the last one over and over.
type answers map[string][]reply

// asked is a request that a service got.
type asked struct {
	*http.Request
	body string
}

// services stands in for auth, tickets, orders, payments and the sandbox: these tests are of the site alone,
// and need services that fail at will.
type services struct {
	mu      sync.Mutex
	answers answers
	got     []asked
}

func startServices(t testing.TB, a answers) (*services, string) {
	s := &services{answers: a}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, server.URL
}

func (s *services) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := r.Method + " " + r.URL.Path
	s.got = append(s.got, asked{r, string(body)})
	turns := s.answers[key]
	if len(turns) == 0 {
		http.Error(w, "the test expects no "+key, http.StatusNotImplemented)
		return
	}
	if len(turns) > 1 {
		s.answers[key] = turns[1:]
	}
	for name, values := range turns[0].header {
		w.Header()[name] = values
	}
	w.WriteHeader(turns[0].status)
	_ = json.NewEncoder(w).Encode(turns[0].body) // the site went away
}

// all returns what was asked of a method and path.
func (s *services) all(key string) []asked {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []asked
	for _, a := range s.got {
		if a.Method+" "+a.URL.Path == key {
			found = append(found, a)
		}
	}
	return found
}

// one is the only request of a method and path.
func (s *services) one(t *testing.T, key string) asked {
	t.Helper()
	found := s.all(key)
	if len(found) != 1 {
		t.Fatalf("%d times %s", len(found), key)
	}
	return found[0]
}
