package stripeserver

import (
	"fmt"
	"net/http"
)

// reply is what an endpoint answers.
type reply struct {
	status   int
	body     any
	unstored bool   // refused before it began: its idempotency key stays fresh
	silent   bool   // the answer is never sent
	original string // request id of the first answer, when this one repeats it
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

type failureBody struct {
	Error failure `json:"error"`
}

func found(body any) (change, reply) {
	return change{}, reply{status: http.StatusOK, body: body}
}

func fail(status int, f failure) reply {
	return reply{status: status, body: failureBody{Error: f}}
}

// refuse answers a request that was wrong in itself: nothing began.
func refuse(status int, code, param, format string, args ...any) reply {
	out := fail(status, failure{Type: "invalid_request_error", Code: code, Param: param, Message: fmt.Sprintf(format, args...)})
	out.unstored = true
	return out
}

// missing answers for an object in the URL (404) or in a parameter (400).
func missing(status int, kind, id, param string) reply {
	return refuse(status, "resource_missing", param, "No such %s: '%s'", kind, id)
}

// unexpectedState answers a call that came too late, or too early.
func unexpectedState(pi intent, verb string) reply {
	return fail(http.StatusBadRequest, failure{
		Type:          "invalid_request_error",
		Code:          "payment_intent_unexpected_state",
		Message:       fmt.Sprintf("You cannot %s this PaymentIntent because it has a status of %s.", verb, pi.Status),
		PaymentIntent: &pi,
	})
}

// busy answers while another request works on the same intent.
func busy() reply {
	return refuse(http.StatusTooManyRequests, "lock_timeout", "",
		"This object cannot be accessed right now because another API request is accessing it.")
}

func brokenServer(status int, message string) reply {
	return fail(status, failure{Type: "api_error", Message: message})
}
