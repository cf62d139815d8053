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
	status int // 0: 200
	body   any
	header http.Header
}

// turns are given one by one; the last one over and over.
type turns []any

// services stands in for auth, tickets, orders, payments and the sandbox: these tests are of the site alone,
// and need services that fail at will. Like the real ones they take no session but their own.
type services struct {
	mu      sync.Mutex
	answers answers
	got     []*http.Request // that they took
	sent    []string        // the same as text
	revoked bool            // auth takes no session any more
	revokes string          // after this request, too
	renewed string          // Set-Cookie of auth's
}

func startServices(t testing.TB, a answers) (*services, string) {
	s := &services{answers: a}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, server.URL
}

func (s *services) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := r.Method + " " + r.URL.Path
	claims, err := keys.Verify(session.Token(r))
	own := strings.HasPrefix(key, "POST /api/users/sessions") || key == "POST /api/users/password"
	open := strings.HasPrefix(key, "GET /api/tickets") && !strings.HasSuffix(key, "/attachment") || strings.HasPrefix(key, "POST /api/users/") || key == "POST /api/notifications/unsubscribe" || strings.HasPrefix(key, "POST /sandbox/") || key == "POST /api/orders/pass/check"
	switch {
	case key == "GET /api/users/current-user" && err == nil && !s.revoked:
		if s.renewed != "" {
			w.Header().Set("Set-Cookie", s.renewed)
		}
		s.write(w, map[string]any{"currentUser": claims})
	case key == "GET /api/users/current-user":
		s.write(w, map[string]any{"currentUser": nil})
	case err != nil && (own || !open):
		s.write(w, apierror.ErrNotAuthorized)
	default:
		body, _ := io.ReadAll(r.Body) // what is missing of it the test misses, too
		s.got, s.sent = append(s.got, r), append(s.sent, strings.TrimSpace(r.Method+" "+r.URL.RequestURI()+" "+string(body)))
		answer := s.answers[key]
		if t, ok := answer.(turns); ok {
			answer, s.answers[key] = t[0], t[min(1, len(t)-1):]
		}
		s.revoked = s.revoked || key == s.revokes
		s.write(w, answer)
	}
}

func (s *services) write(w http.ResponseWriter, answer any) {
	switch a := answer.(type) {
	case nil:
		http.Error(w, "the test expects no such request", http.StatusNotImplemented)
	case *apierror.Error:
		apierror.Write(w, a)
	case reply:
		for name, values := range a.header {
			w.Header()[name] = values
		}
		w.WriteHeader(cmp.Or(a.status, http.StatusOK))
		s.write(w, []any{a.body})
	case []any:
		_ = json.NewEncoder(w).Encode(a[0]) // fails only if the site went away
	default:
		s.write(w, []any{a})
	}
}

// last is the last request that a service took, as text.
func (s *services) last() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{""}, s.sent...)[len(s.sent)]
}
