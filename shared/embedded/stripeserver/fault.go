package stripeserver

import (
	"net/http"
	"strings"
	"time"
)

// Fault is what goes wrong at Stripe for a while. An answer is stored under the idempotency key of its call, and comes
// again after the fault is over, unless Stripe refuses such calls before it looks at them: 401, 403, 409, 429.
type Fault struct {
	Call   string        // how the path ends, such as /refunds; "": any
	Method string        // "": any
	Status int           // of the answer; 0: as without the fault
	Code   string        // such as balance_insufficient
	Late   bool          // the call has its effect, and its answer is stored, before Status is answered instead
	Delay  time.Duration // before any answer
}

// Fail makes calls fail as f says, until the next Fail. The zero Fault lets all succeed.
func (s *Sandbox) Fail(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

func (s *Sandbox) faultOf(req request) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	if strings.HasSuffix(req.path, s.fault.Call) && (s.fault.Method == "" || s.fault.Method == req.method) {
		return s.fault
	}
	return Fault{}
}

func (f Fault) refusesAtOnce() bool {
	switch f.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusConflict, http.StatusTooManyRequests:
		return true
	}
	return false
}

func (f Fault) answer() answer {
	kind := "invalid_request_error"
	if f.Status >= http.StatusInternalServerError {
		kind = "api_error"
	}
	return fail(f.Status, failure{Type: kind, Code: f.Code, Message: "A fault of the sandbox, as asked."})
}
