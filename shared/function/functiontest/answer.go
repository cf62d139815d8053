package functiontest

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"testing"
	"time"
)

// Answer is a reply to a request.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Cookie returns the cookie of that name that the answer sets, or nil.
func (a Answer) Cookie(name string) *http.Cookie {
	for _, c := range (&http.Response{Header: a.Header}).Cookies() {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Parse reads the answer, which must have that status, as JSON.
func Parse[T any](t testing.TB, a Answer, status int) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.Body), &v); err != nil || a.Status != status {
		t.Fatalf("%d %s, want %d (%v)", a.Status, a.Body, status, err)
	}
	return v
}

// Refused checks that the answer is this error.
func Refused(t testing.TB, what string, a Answer, status int, message string) {
	t.Helper()
	var got struct{ Message, Code string }
	if err := json.Unmarshal([]byte(a.Body), &got); err != nil || a.Status != status || got.Message != message || got.Code == "" {
		t.Errorf("%s: %d %s, want %d %s", what, a.Status, a.Body, status, message)
	}
}

// Limited checks that the answer is a limit's refusal, which asks to come again after that time, give or take a few seconds.
func Limited(t testing.TB, a Answer, message string, wait time.Duration) {
	t.Helper()
	Refused(t, "over the limit", a, http.StatusTooManyRequests, message)
	seconds, err := strconv.ParseFloat(a.Header.Get("Retry-After"), 64)
	if err != nil || math.Abs(seconds-wait.Seconds()) > 20 {
		t.Errorf("%s Retry-After %q, want about %v", message, a.Header.Get("Retry-After"), wait)
	}
}
