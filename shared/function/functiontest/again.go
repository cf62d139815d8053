package functiontest

import (
	"crypto/rand"
	"net/http"
)

// CallAgain sends a POST as Call does, and sends it again with the same Idempotency-Key, which is answered as before. With the key and another
// body, unless that is "", it is refused. It returns the answer.
func (r *Run) CallAgain(user int32, target, body, other string) Answer {
	r.t.Helper()
	key := http.Header{"Idempotency-Key": {rand.Text()}}
	call := func(body string) Answer { return r.callWith(key.Clone(), user, http.MethodPost, target, body) }
	first := call(body)
	if again := call(body); again.Status != first.Status || again.Body != first.Body || again.Header.Get("Idempotent-Replayed") != "true" {
		r.t.Errorf("POST %s again: %d %s, and not %d %s", target, again.Status, again.Body, first.Status, first.Body)
	}
	if other != "" {
		Refused(r.t, "another body", call(other), http.StatusUnprocessableEntity, "Idempotency key reused.")
	}
	return first
}
