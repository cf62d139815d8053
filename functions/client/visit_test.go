package client

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestReturnTo(t *testing.T) {
	t.Parallel()
	for to, want := range map[string]string{
		"":                           "/",
		"/":                          "/",
		"/orders/7?note=paid":        "/orders/7?note=paid",
		"/?q=a+b&available=true":     "/?q=a+b&available=true",
		"orders":                     "/",
		"//evil.example":             "/",
		"//evil.example/%2f..":       "/",
		"///evil.example":            "/",
		`/\evil.example`:             "/",
		`\/evil.example`:             "/",
		"/\t/evil.example":           "/",
		"/\n/evil.example":           "/",
		"http://evil.example/":       "/",
		"http:/evil.example":         "/",
		"https:evil.example":         "/",
		"javascript:alert(1)":        "/",
		"/%zz":                       "/",
		"/ok%0d%0aSet-Cookie:%20a=b": "/ok%0d%0aSet-Cookie:%20a=b", // stays encoded: one header, one path
	} {
		r := httptest.NewRequest(http.MethodGet, "/auth/signin?"+url.Values{"return": {to}}.Encode(), nil)
		if got := (visit{Request: r}).returnTo(); got != want {
			t.Errorf("%q leads to %q, not %q", to, got, want)
		}
	}
}

func TestFormsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{})
	v.post("/auth/signin", url.Values{"email": {strings.Repeat("x", maxForm)}}).is(http.StatusBadRequest, "The form could not be read.")
	v.ask(http.MethodPost, "/auth/signin", url.Values{}, nil).is(http.StatusBadRequest, "Enter your e-mail address.")
	v.ask(http.MethodPost, "/auth/signin?%zz", url.Values{}, nil).is(http.StatusBadRequest, "The form could not be read.")
}

func TestPathsThatNameNothing(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{}).as(1)
	for _, path := range []string{
		"/tickets/0", "/tickets/-1", "/tickets/x", "/tickets/2147483648", "/tickets/%2e%2e", "/tickets/0/edit", "/orders/0", "/orders/x/pay", "/nothing", "/tickets/3/nothing",
	} {
		v.get(path).is(http.StatusNotFound, "There is nothing here", "All tickets")
	}
	for _, path := range []string{"/tickets/0/order", "/tickets/x/edit", "/orders/0/cancel", "/orders/0/extend", "/orders/x/pay", "/orders/x/confirm"} {
		v.post(path, url.Values{}).is(http.StatusNotFound, "There is nothing here")
	}
	if len(v.services.got) != 0 {
		t.Error("a service was asked")
	}
}
