package client

import (
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/session"
)

// answers are what the services answer, by method and path: an *apierror.Error, a reply, turns of those, or else
// what is 200 as JSON.
type answers map[string]any

type reply struct {
	status int
	body   any
	header http.Header
}

// turns are given one by one; the last one over and over.
type turns []any

// asked is a request that a service took.
type asked struct {
	*http.Request
	body string
}

// services stands in for auth, tickets, orders, payments and the sandbox: these tests are of the site alone,
// and need services that fail at will. Like the real ones they take no session but their own.
type services struct {
	mu      sync.Mutex
	answers answers
	got     []asked
	revoked bool // auth takes no session any more
}

func startServices(t testing.TB, a answers) (*services, string) {
	s := &services{answers: a}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, server.URL
}

func (s *services) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := r.Method + " " + r.URL.Path
	claims, err := keys.Verify(session.Token(r))
	switch {
	case key == "GET /api/users/current-user" && err == nil && !s.revoked:
		writeJSON(w, map[string]any{"currentUser": claims})
		return
	case key == "GET /api/users/current-user":
		writeJSON(w, map[string]any{"currentUser": nil})
		return
	case err != nil && !strings.HasPrefix(key, "GET /api/tickets") && !strings.Contains(key, "/users/") && !strings.Contains(key, "/sandbox/"):
		apierror.Write(w, apierror.ErrNotAuthorized)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	switch a := s.next(key, asked{r, string(body)}).(type) {
	case nil:
		http.Error(w, "the test expects no "+key, http.StatusNotImplemented)
	case *apierror.Error:
		apierror.Write(w, a)
	case reply:
		for name, values := range a.header {
			w.Header()[name] = values
		}
		w.WriteHeader(cmp.Or(a.status, http.StatusOK))
		writeJSON(w, a.body)
	default:
		writeJSON(w, a)
	}
}

func writeJSON(w io.Writer, v any) { _ = json.NewEncoder(w).Encode(v) } // fails only if the site went away

func (s *services) next(key string, a asked) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, a)
	t, ok := s.answers[key].(turns)
	if !ok {
		return s.answers[key]
	}
	if len(t) > 1 {
		s.answers[key] = t[1:]
	}
	return t[0]
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
