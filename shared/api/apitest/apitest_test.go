package apitest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestCheck: what is documented passes, and one thing more than that does not.
func TestCheck(t *testing.T) {
	t.Parallel()
	const ticket = `{"id":1,"title":"a","price":1.5,"userId":2,"orderId":null,"status":"available","version":0,"createdAt":"2026-01-02T03:04:05.678Z","updatedAt":"2026-01-02T03:04:05.678Z"}`
	for name, c := range map[string]struct {
		method, path string
		status       int
		header, body string // -header: without it
		problem      string // "": none
	}{
		"a ticket":           {"GET", "/api/tickets/1", 200, "", ticket, ""},
		"a list":             {"GET", "/api/tickets?q=a", 200, "Link", "[" + ticket + "]", ""},
		"an error":           {"GET", "/api/tickets/1", 404, "", `{"message":"Ticket not found.","code":"ticket_not_found"}`, ""},
		"away":               {"GET", "/api/tickets/1", 503, "Retry-After", `{"message":"Service unavailable.","code":"service_unavailable"}`, ""},
		"a cookie":           {"POST", "/api/users/signout", 200, "Set-Cookie", `{"message":"User logged out."}`, ""},
		"away, but for when": {"GET", "/api/tickets/1", 503, "", `{"message":"Service unavailable.","code":"service_unavailable"}`, "503 without Retry-After"},
		"to be guessed":      {"GET", "/api/tickets/1", 200, "-X-Content-Type-Options", ticket, "without X-Content-Type-Options"},
		"to be framed":       {"GET", "/api/nothing", 404, "-Content-Security-Policy", `{"message":"Not Found.","code":"not_found"}`, "without Content-Security-Policy"},
		"to be kept":         {"GET", "/api/tickets/1", 200, "-Cache-Control", ticket, "without Cache-Control"},
		"unknown":            {"GET", "/api/nothing", 404, "", `{"message":"Not Found.","code":"not_found"}`, ""},
		"another status":     {"GET", "/api/tickets/1", 418, "", `{"message":"Short.","code":"stout"}`, "status 418"},
		"another code":       {"GET", "/api/tickets/1", 404, "", `{"message":"Order not found.","code":"order_not_found"}`, "code order_not_found"},
		"a page":             {"GET", "/api/tickets/1", 404, "", `<html>`, "no error of ours"},
		"one field more":     {"GET", "/api/tickets/1", 200, "", strings.Replace(ticket, `"id"`, `"secret":1,"id"`, 1), "secret"},
		"one field less":     {"GET", "/api/tickets/1", 200, "", strings.Replace(ticket, `"version":0,`, ``, 1), "version"},
		"another type":       {"GET", "/api/tickets/1", 200, "", strings.Replace(ticket, `"price":1.5`, `"price":"1.5"`, 1), "price"},
		"not a time":         {"GET", "/api/tickets/1", 200, "", strings.Replace(ticket, `2026-01-02T03:04:05.678Z`, `today`, 1), "createdAt"},
		"one header more":    {"GET", "/api/tickets/1", 200, "X-Secret", ticket, "X-Secret"},
		"a cookie too many":  {"GET", "/api/tickets/1", 200, "Set-Cookie", ticket, "Set-Cookie"},
		"a path too many":    {"GET", "/api/nothing", 200, "", `{}`, "no such path"},
		"a method too many":  {"PATCH", "/api/tickets/1", 200, "", `{}`, "no such path"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := httptest.NewRecorder()
			for name, value := range map[string]string{
				"Content-Type": "application/json; charset=utf-8", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'",
				"Cache-Control": "no-store",
			} {
				answer.Header().Set(name, value)
			}
			if missing, ok := strings.CutPrefix(c.header, "-"); ok {
				answer.Header().Del(missing)
			} else if c.header != "" {
				answer.Header().Set(c.header, "1")
			}
			answer.WriteHeader(c.status)
			_, _ = answer.WriteString(c.body)
			err := Check(httptest.NewRequest(c.method, c.path, http.NoBody), answer.Result())
			if (err == nil) != (c.problem == "") || err != nil && !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(c.problem)) {
				t.Errorf("%v, want %q", err, c.problem)
			}
		})
	}
}
