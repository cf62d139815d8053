package functiontest

import (
	"encoding/json"
	"net/http"
	"testing"
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
