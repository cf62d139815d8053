package stripeserver

import (
	"encoding/json"
	"net/http"
)

// storedAnswer is the answer that an idempotency key got, and gets again.
type storedAnswer struct {
	Key         string          `json:"key"`
	Fingerprint string          `json:"fingerprint"`
	RequestID   string          `json:"request_id"`
	Status      int             `json:"status"`
	Body        json.RawMessage `json:"body"`
}

// recall answers a request whose key was seen before: the stored answer to the same request (a 500 too), 400 to
// another one, 409 while the first is under way.
func (s *Sandbox) recall(req request) (answer, bool) {
	stored, answered := s.state.answers[req.key]
	fingerprint, underWay := s.underWay[req.key]
	if answered {
		fingerprint = stored.Fingerprint
	}
	switch {
	case req.key == "" || !answered && !underWay:
		return answer{}, false
	case fingerprint != req.fingerprint:
		return fail(http.StatusBadRequest, failure{Type: "idempotency_error",
			Message: "Keys for idempotent requests can only be used with the same parameters they were first used with."}), true
	case underWay:
		return fail(http.StatusConflict, failure{Type: "idempotency_error", Code: "idempotency_key_in_use",
			Message: "There is currently another in-progress request using this Idempotency-Key."}), true
	}
	return answer{status: stored.Status, body: stored.Body, original: stored.RequestID}, true
}
