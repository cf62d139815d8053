// Package apierror is the one error that clients see.
//
// Inside the system a failure is a *Error, or any other error; Write is the one place where it becomes
// an HTTP answer. What is not a *Error answers 500 and says nothing of its cause.
package apierror

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Error is a failure that a client may know of.
type Error struct {
	Status     int           // HTTP status
	Code       string        // for programs, snake_case
	Message    string        // for people
	Fields     []Field       // of the request, when it is about some of them: a form marks these
	RetryAfter time.Duration // when above zero: when to try again, sent as Retry-After in whole seconds
	cause      error         // for logs only
	overload   bool
}

// Field is one field of a request's body, and what is wrong with it.
type Field struct {
	Name    string `json:"name"`
	Message string `json:"message"`
}

// New returns an error whose code is its message in snake_case: "Ticket not found." is ticket_not_found.
func New(status int, message string) *Error {
	words := strings.FieldsFunc(strings.ToLower(message), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	return &Error{Status: status, Code: strings.Join(words, "_"), Message: message}
}

// The errors that every service shares.
var (
	ErrNotFound      = New(http.StatusNotFound, "Not Found.")
	ErrNotAuthorized = New(http.StatusUnauthorized, "Not authorized.")
	ErrInvalidID     = New(http.StatusBadRequest, "Invalid id.")
	ErrInvalidQuery  = New(http.StatusBadRequest, "Invalid query.")
	ErrInvalidJSON   = New(http.StatusBadRequest, "Invalid JSON.")
	ErrTooLarge      = New(http.StatusRequestEntityTooLarge, "Request body is too large.")
	ErrTooSlow       = New(http.StatusRequestTimeout, "Request body came too slowly.")
	ErrMediaType     = New(http.StatusUnsupportedMediaType, "Content-Type must be application/json.")
	ErrCrossOrigin   = New(http.StatusForbidden, "Cross-origin request refused.")
	ErrScope         = New(http.StatusForbidden, "Token lacks the scope.")
	errInternal      = New(http.StatusInternalServerError, "Internal error.")
	errUnavailable   = New(http.StatusServiceUnavailable, "Service unavailable.")
)

// Unavailable says that a dependency is broken or away: 503 for a client, another try for an event.
func Unavailable(cause error) *Error {
	e := errUnavailable.With(cause)
	e.RetryAfter = time.Second
	return e
}

// Overloaded says that more requests came than are taken at the same time, or that a service which was asked says so itself: 503
// for a client, as Unavailable. IsOverload holds for it: there may be thousands in a second, so they are counted and not logged.
func Overloaded(cause error) *Error {
	e := Unavailable(cause)
	e.overload = true
	return e
}

// IsOverload reports whether err is or wraps what Overloaded returned.
func IsOverload(err error) bool { return From(err).overload }

// With returns a copy that carries its cause for the logs.
func (e *Error) With(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// On returns a copy that is about one more field of the request.
func (e *Error) On(field, message string) *Error {
	c := *e
	c.Fields = append(slices.Clone(e.Fields), Field{field, message})
	return &c
}

// After returns a copy that says when to try again: after d, and after a second at least.
func (e *Error) After(d time.Duration) *Error {
	c := *e
	c.RetryAfter = max(d, time.Second)
	return &c
}

// Error gives the message and, for logs, the cause.
func (e *Error) Error() string {
	if e.cause == nil {
		return e.Message
	}
	return e.Message + " " + e.cause.Error()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.cause }

// Is reports whether target is the same failure, with any cause and fields.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Status == e.Status && t.Code == e.Code
}

// Temporary reports whether the failure is a broken dependency's and will pass. Consumers then try again without limit.
func (e *Error) Temporary() bool { return e.Status == http.StatusServiceUnavailable }

// From returns the *Error that err is or wraps; any other error becomes an internal one.
func From(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return errInternal.With(err)
}

// Write answers with err: status, Retry-After where it applies, and {"message", "code", "fields"}, without fields if there are none.
func Write(w http.ResponseWriter, err error) {
	e := From(err)
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	if e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	}
	w.WriteHeader(e.Status)
	body := struct {
		Message string  `json:"message"`
		Code    string  `json:"code"`
		Fields  []Field `json:"fields,omitempty"`
	}{e.Message, e.Code, e.Fields}
	_ = json.NewEncoder(w).Encode(body) // an error says that the client went away
}
