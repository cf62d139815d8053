package httpload_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/httpload"
)

// One connection serves all answers, and is opened again after one that ends it.
func TestSend(t *testing.T) {
	t.Parallel()
	var opened atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/created":
			w.WriteHeader(http.StatusCreated)
			_, _ = io.Copy(w, r.Body)
		case "/wrong":
			http.Error(w, "wrong", http.StatusBadRequest)
		case "/busy":
			w.Header().Set("Retry-After", "2")
			http.Error(w, "busy", http.StatusServiceUnavailable)
		case "/leave":
			w.Header().Set("Connection", "close")
			http.Error(w, "leave", http.StatusServiceUnavailable)
		case "/cut":
			panic(http.ErrAbortHandler)
		}
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	c := httpload.Connection{Address: strings.TrimPrefix(server.URL, "http://")}
	t.Cleanup(c.Close)
	for _, test := range []struct {
		path, body string
		status     int
		said       string
		retryAfter time.Duration
		fails      bool
		opened     int32 // until now
	}{
		{path: "/created", body: "{}", status: http.StatusCreated, opened: 1},
		{path: "/wrong", status: http.StatusBadRequest, said: "wrong\n", opened: 1},
		{path: "/busy", status: http.StatusServiceUnavailable, said: "busy\n", retryAfter: 2 * time.Second, opened: 1},
		{path: "/leave", status: http.StatusServiceUnavailable, said: "leave\n", opened: 1},
		{path: "/created", status: http.StatusCreated, opened: 2},
		{path: "/cut", fails: true, opened: 3}, // tried twice
		{path: "/created", status: http.StatusCreated, opened: 4},
	} {
		a, err := c.Send(httpload.Request("POST", test.path, "X: y\r\n", test.body))
		if (err != nil) != test.fails || a.Status != test.status || string(a.Body) != test.said || a.RetryAfter != test.retryAfter || opened.Load() != test.opened {
			t.Errorf("%s: %+v, %v; %d connections", test.path, a, err, opened.Load())
		}
	}
}
