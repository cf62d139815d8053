package stripeserver

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
)

// endpoint decides one call: what changes, and what is answered. It runs alone, and changes nothing itself.
type endpoint func(*state, request) answer

// ServeHTTP answers one call of Stripe's API. Every call under /v1 needs an Authorization with a key sk_test_….
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/v1/") && !authorized(r) {
		s.write(w, request{id: newID("req")}, refuse(http.StatusUnauthorized, "", "", "You did not provide a secret test key (sk_test_…)."))
		return
	}
	s.mux.ServeHTTP(w, r)
}

func (s *Sandbox) answers(run endpoint) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		req, err := read(w, r)
		if err != nil {
			s.write(w, req, refuse(http.StatusBadRequest, "", "", "The request body could not be read."))
			return
		}
		fault := s.faultOf(req)
		if wait(r.Context(), fault.Delay); fault.refusesAtOnce() && !fault.Late {
			s.write(w, req, fault.answer())
			return
		}
		decide := run
		if fault.Status != 0 && !fault.Late {
			decide = func(*state, request) answer { return fault.answer() }
		}
		a := s.decide(req, decide)
		if fault.Late {
			a = fault.answer()
		}
		if a.silent {
			ctx, cancel := context.WithCancel(r.Context())
			defer context.AfterFunc(s.ctx, cancel)()
			wait(ctx, s.cfg.SilentFor)
			cancel()
			a = broken(http.StatusGatewayTimeout, "The sandbox kept silent, as asked.")
		}
		s.write(w, req, a)
	})
}

// decide runs an endpoint under the lock, at most once for each idempotency key.
func (s *Sandbox) decide(req request, run endpoint) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, known := s.recall(req); known {
		return a
	}
	if req.method == http.MethodPost && s.locked[req.object] {
		return refuse(http.StatusTooManyRequests, "lock_timeout", "",
			"This object cannot be accessed right now because another API request is accessing it.")
	}
	if s.isSlow(req) {
		s.locked[req.object], s.underWay[req.key] = true, req.fingerprint
		s.mu.Unlock()
		s.cfg.Slow(s.ctx)
		s.mu.Lock()
		delete(s.locked, req.object)
		delete(s.underWay, req.key)
	}
	if s.ctx.Err() != nil {
		return broken(http.StatusServiceUnavailable, "The sandbox is closed.")
	}
	return s.settle(req, run(&s.state, req))
}

func (s *Sandbox) isSlow(req request) bool {
	pi := s.state.intents[req.object]
	return s.ctx.Err() == nil && strings.HasSuffix(req.path, "/confirm") && pi.Status == requiresConfirmation && pi.card().outcome == slow
}

// settle commits what an endpoint has decided, together with its answer.
func (s *Sandbox) settle(req request, a answer) answer {
	body, err := json.Marshal(a.body)
	if err == nil {
		if req.key != "" && !a.keyIsFree {
			a.Answer = &storedAnswer{Key: req.key, Fingerprint: req.fingerprint, RequestID: req.id, Status: a.status, Body: body}
		}
		err = s.commit(a.change)
	}
	if err != nil {
		s.cfg.Logger.Error("stripe sandbox cannot write its journal", "error", err)
		return broken(http.StatusInternalServerError, "The sandbox cannot write its journal.")
	}
	a.body = json.RawMessage(body)
	return a
}

func (s *Sandbox) write(w http.ResponseWriter, req request, a answer) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Request-Id", req.id)
	if a.original != "" {
		header.Set("Idempotent-Replayed", "true")
		header.Set("Original-Request", a.original)
	}
	w.WriteHeader(a.status)
	err := json.NewEncoder(w).Encode(a.body)
	s.cfg.Logger.Debug("stripe sandbox", "method", req.method, "path", req.path, "status", a.status, "request", req.id, "error", err)
}
