package stripeserver

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// endpoint decides one call: what it answers, and how it changes the books. It
// runs alone, and changes nothing itself.
type endpoint func(*books, request) (change, reply)

// ServeHTTP answers one call of Stripe's API. Every call under /v1 needs an
// Authorization with a key sk_test_….
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/v1/") && !authorized(r) {
		s.write(w, request{requestID: newID("req"), method: r.Method, path: r.URL.Path},
			refuse(http.StatusUnauthorized, "", "", "You did not provide a secret test key (sk_test_…)."))
		return
	}
	s.mux.ServeHTTP(w, r)
}

func (s *Sandbox) answers(run endpoint) http.Handler {
	return s.handler(run, func(string) func() bool { return nil })
}

func (s *Sandbox) answersAfterPause(run endpoint) http.Handler {
	return s.handler(run, s.pause)
}

func (s *Sandbox) handler(run endpoint, pause func(intentID string) func() bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		req, err := s.read(w, r)
		if err != nil {
			req = request{requestID: newID("req"), method: r.Method, path: r.URL.Path}
			s.write(w, req, refuse(http.StatusBadRequest, "", "", "The request body could not be read."))
			return
		}
		out := s.decide(req, run, pause)
		if out.silent {
			select {
			case <-r.Context().Done(): // nobody listens any more
			case <-s.closing:
			case <-time.After(s.cfg.SilentFor):
			}
			out = brokenServer(http.StatusGatewayTimeout, "The sandbox kept silent, as asked.")
		}
		s.write(w, req, out)
	})
}

// decide runs an endpoint under the lock, at most once for each idempotency key.
func (s *Sandbox) decide(req request, run endpoint, pause func(intentID string) func() bool) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return brokenServer(http.StatusServiceUnavailable, "The sandbox is closed.")
	}
	if out, known := s.recall(req); known {
		return out
	}
	if req.method == http.MethodPost && s.moving[req.id] {
		return busy()
	}
	if req.key != "" {
		s.answering[req.key] = req.fingerprint
		defer delete(s.answering, req.key)
	}
	if wait := pause(req.id); wait != nil && !s.locked(req.id, wait) {
		return brokenServer(http.StatusServiceUnavailable, "The sandbox was closed meanwhile.")
	}
	c, out := run(&s.books, req)
	return s.settle(req, c, out)
}

// settle commits what an endpoint decided, together with its answer.
func (s *Sandbox) settle(req request, c change, out reply) reply {
	body, err := json.Marshal(out.body)
	if err == nil {
		if req.key != "" && !out.unstored {
			c.Answer = &storedAnswer{Key: req.key, Fingerprint: req.fingerprint, RequestID: req.requestID, Status: out.status, Body: body}
		}
		err = s.commit(c)
	}
	if err != nil {
		s.cfg.Logger.Error("stripe sandbox cannot keep its books", "error", err)
		return brokenServer(http.StatusInternalServerError, "The sandbox cannot keep its books.")
	}
	out.body = json.RawMessage(body)
	return out
}

func (s *Sandbox) write(w http.ResponseWriter, req request, out reply) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Request-Id", req.requestID)
	header.Set("Stripe-Version", apiVersion)
	if req.key != "" {
		header.Set("Idempotency-Key", req.key)
	}
	if out.original != "" {
		header.Set("Idempotent-Replayed", "true")
		header.Set("Original-Request", out.original)
	}
	w.WriteHeader(out.status)
	if err := json.NewEncoder(w).Encode(out.body); err != nil {
		s.cfg.Logger.Debug("stripe sandbox could not answer", "request", req.requestID, "error", err)
	}
	s.cfg.Logger.Debug("stripe sandbox", "method", req.method, "path", req.path, "status", out.status, "request", req.requestID)
}
