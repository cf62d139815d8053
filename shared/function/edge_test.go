package function_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/function"
)

var errOften = apierror.New(http.StatusTooManyRequests, "Too often.")

// TestHeaders: every answer has them, whoever writes it.
func TestHeaders(t *testing.T) {
	t.Parallel()
	runner, _ := newRunner(t)
	runner.Secure = true
	fails := func(name string, err error) function.Endpoint {
		return function.GET(name, "/"+name, func(context.Context, function.None) (function.None, error) { return function.None{}, err })
	}
	raw := func(name string, handle http.HandlerFunc) function.Endpoint {
		return function.Raw(name, "GET", "/"+name, handle)
	}
	h := runner.Handler(function.Service{Name: "test", Endpoints: []function.Endpoint{
		fails("fine", nil), function.POST("post", "/fine", func(context.Context, function.None) (function.None, error) { return function.None{}, nil }), fails("often", errOften), fails("away", apierror.Unavailable(nil)), fails("broken", io.EOF),
		raw("panic", func(http.ResponseWriter, *http.Request) { panic("s3cret") }),
		raw("overload", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }),
		raw("redirect", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/fine", http.StatusSeeOther) }),
		raw("nothing", func(http.ResponseWriter, *http.Request) {}),
		raw("asset", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Cache-Control", "public") }),
	}})
	for call, status := range map[[2]string]int{
		{"GET", "/fine"}: 200, {"HEAD", "/fine"}: 200, {"GET", "/often"}: 429, {"GET", "/away"}: 503, {"GET", "/broken"}: 500, {"GET", "/panic"}: 500,
		{"GET", "/overload"}: 503, {"GET", "/redirect"}: 303, {"GET", "/nothing"}: 200, {"GET", "//fine"}: 307, {"GET", "/nowhere"}: 404,
		{"POST", "/fine"}: 403, {"TRACE", "/fine"}: 404, {"GET", "/asset"}: 200,
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(call[0], call[1], http.NoBody)
		if call[0] == "POST" {
			r.Header.Set("Origin", "https://evil.example")
		}
		h.ServeHTTP(w, r)
		want := map[string]string{
			"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
			"Strict-Transport-Security": "max-age=31536000; includeSubDomains", "Referrer-Policy": "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store", "Retry-After": "",
		}
		if status == 503 || status == 429 {
			want["Retry-After"] = "1"
		}
		if call[1] == "/asset" {
			want["Cache-Control"] = "public"
		}
		for name, value := range want {
			if got := w.Header().Get(name); got != value || w.Code != status {
				t.Errorf("%v: %d, %s is %q, want %d, %q", call, w.Code, name, got, status, value)
			}
		}
	}
	runner.Secure = false
	w := call(runner.Edge(http.NotFoundHandler()), "GET", "/", "")
	if hsts := w.Header().Get("Strict-Transport-Security"); hsts != "" {
		t.Errorf("without TLS: %q", hsts)
	}
}

// TestAmbiguousLengthEndsTheConnection: a second request behind a body with two lengths is not answered.
func TestAmbiguousLengthEndsTheConnection(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(handler(t, function.PUT("put-note", "/notes/{id}", putNote)))
	t.Cleanup(server.Close)
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // the server closes it
	const head = "PUT /notes/1 HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
	body := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(`{"text":"a"}`), `{"text":"a"}`)
	_, err = io.WriteString(conn, head+"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"+body+"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
	if err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	answer, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != 200 || !answer.Close {
		t.Errorf("%d, close %v, %v", answer.StatusCode, answer.Close, err)
	}
	if first, err := r.ReadByte(); err == nil {
		t.Errorf("there is another answer, which begins with %q", first)
	}
}
