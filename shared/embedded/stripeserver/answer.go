package stripeserver

import (
	"fmt"
	"net/http"
)

// answer is what an endpoint decides: what changes, and what the caller gets.
type answer struct {
	change
	status    int
	body      any
	keyIsFree bool   // refused before it began: its idempotency key can be used again
	silent    bool   // the caller gets no answer
	original  string // request id of the first answer, if this one repeats it
}

// failure is Stripe's error object, on its own or as a last_payment_error.
type failure struct {
	Type          string  `json:"type"`
	Code          string  `json:"code,omitempty"`
	DeclineCode   string  `json:"decline_code,omitempty"`
	Message       string  `json:"message"`
	Param         string  `json:"param,omitempty"`
	Charge        string  `json:"charge,omitempty"`
	PaymentIntent *intent `json:"payment_intent,omitempty"`
}

func ok(body any, c change) answer { return answer{change: c, status: http.StatusOK, body: body} }

func fail(status int, f failure) answer {
	return answer{status: status, body: map[string]failure{"error": f}}
}

// refuse answers a request that was wrong in itself: nothing began.
func refuse(status int, code, param, format string, args ...any) answer {
	a := fail(status, failure{Type: "invalid_request_error", Code: code, Param: param, Message: fmt.Sprintf(format, args...)})
	a.keyIsFree = true
	return a
}

// missing answers for an object in the URL (404) or in a parameter (400).
func missing(status int, kind, id, param string) answer {
	return refuse(status, "resource_missing", param, "No such %s: '%s'", kind, id)
}

func unknownURL(_ *state, r request) answer {
	return refuse(http.StatusNotFound, "", "", "Unrecognized request URL (%s: %s).", r.method, r.path)
}

// unexpectedState answers a call that came too late, or too early.
func unexpectedState(pi intent, verb string) answer {
	return fail(http.StatusBadRequest, failure{
		Type: "invalid_request_error", Code: "payment_intent_unexpected_state", PaymentIntent: &pi,
		Message: fmt.Sprintf("You cannot %s this PaymentIntent because it has a status of %s.", verb, pi.Status),
	})
}

func broken(status int, message string) answer {
	return fail(status, failure{Type: "api_error", Message: message})
}
