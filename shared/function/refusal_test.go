package function_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gittix/ticketing/shared/function"
)

// TestRefusalIsTheHandlers: an adapter that refuses in the handler's place says what the handler says, and counts it.
func TestRefusalIsTheHandlers(t *testing.T) {
	t.Parallel()
	runner, registry := newRunner(t)
	runner.MaxInFlight = 1
	runs, gate := make(chan struct{}), make(chan struct{})
	h := runner.Handler(function.Service{Name: "test", Endpoints: []function.Endpoint{
		function.GET("wait", "/wait", func(context.Context, function.None) (function.None, error) {
			close(runs)
			<-gate
			return function.None{}, nil
		}),
	}})
	if h.Full() {
		t.Error("full of nothing")
	}
	ended := make(chan *httptest.ResponseRecorder)
	go func() { ended <- call(h, "GET", "/wait", "") }()
	<-runs
	if !h.Full() {
		t.Error("not full")
	}
	want := call(h, "GET", "/wait", "")
	busy(t, want)
	for _, last := range []bool{false, true} {
		var text bytes.Buffer
		if err := h.Refuse(&text, last); err != nil {
			t.Fatal(err)
		}
		got, err := http.ReadResponse(bufio.NewReader(&text), nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(got.Body)
		if err != nil || got.StatusCode != want.Code || string(body) != want.Body.String() || got.Close != last || text.Len() > 0 {
			t.Errorf("%v %s, %v; want %d %s", got, body, err, want.Code, want.Body)
		}
		for _, ofHTTP := range []string{"Content-Length", "Connection"} {
			got.Header.Del(ofHTTP)
		}
		if !maps.EqualFunc(got.Header, want.Header(), func(a, b []string) bool { return a[0] == b[0] }) {
			t.Errorf("%v, want %v", got.Header, want.Header())
		}
	}
	counted(t, registry, "ticketing_request_duration_seconds function= status=503", 2)
	close(gate)
	<-ended
	if h.Full() {
		t.Error("still full")
	}
}

// TestFullOfOneService: a handler that does not refuse all requests alike is asked itself.
func TestFullOfOneService(t *testing.T) {
	t.Parallel()
	runner, _ := newRunner(t)
	runner.MaxInFlight = 1
	for name, services := range map[string][]function.Service{
		"several": {{Name: "a"}, {Name: "b"}},
		"a site":  {{Name: "a", Refuse: func(http.ResponseWriter, *http.Request, error) {}}},
	} {
		runs, gate := make(chan struct{}), make(chan struct{})
		services[0].Endpoints = []function.Endpoint{
			function.GET("wait", "/wait", func(context.Context, function.None) (function.None, error) {
				close(runs)
				<-gate
				return function.None{}, nil
			}),
		}
		h := runner.Handler(services...)
		ended := make(chan *httptest.ResponseRecorder)
		go func() { ended <- call(h, "GET", "/wait", "") }()
		<-runs
		if h.Full() {
			t.Errorf("%s: full", name)
		}
		close(gate)
		<-ended
	}
}
