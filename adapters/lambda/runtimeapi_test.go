package lambda

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// runtimeAPI is what a function's process talks to: AWS's Runtime API and the part of its Extensions API that
// asks for SIGTERM.
type runtimeAPI struct {
	address     string
	invocations chan []byte   // for the process to take
	ready       chan struct{} // one for each time it asked for an invocation
	results     chan result
	initError   chan string
	extensions  chan string // their names
	lambdaTime  time.Duration
}

// result is how an invocation ended.
type result struct {
	data   []byte
	failed bool
}

func newRuntimeAPI(t testing.TB) *runtimeAPI {
	t.Helper()
	api := &runtimeAPI{
		invocations: make(chan []byte), ready: make(chan struct{}, 100), results: make(chan result, 1),
		initError: make(chan string, 1), extensions: make(chan string, 1), lambdaTime: 10 * time.Second,
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", api.next)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/{end}", api.end)
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // a test that lacks it fails
		w.WriteHeader(http.StatusAccepted)
		api.initError <- r.Header.Get("Lambda-Runtime-Function-Error-Type") + " " + string(body)
	})
	mux.HandleFunc("POST /2020-01-01/extension/register", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Lambda-Extension-Identifier", "1")
		api.extensions <- r.Header.Get("Lambda-Extension-Name")
	})
	mux.HandleFunc("GET /2020-01-01/extension/event/next", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: patience}
	go func() { _ = server.Serve(l) }() // ends with Close
	t.Cleanup(func() { _ = server.Close() })
	api.address = l.Addr().String()
	return api
}

func (api *runtimeAPI) next(w http.ResponseWriter, r *http.Request) {
	api.ready <- struct{}{}
	select {
	case data := <-api.invocations:
		h := w.Header()
		h.Set("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
		h.Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(api.lambdaTime).UnixMilli()))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:123456789012:function:test")
		h.Set("Lambda-Runtime-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1")
		_, _ = w.Write(data) // a process that went away sends no result
	case <-r.Context().Done():
	}
}

func (api *runtimeAPI) end(w http.ResponseWriter, r *http.Request) {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	w.WriteHeader(http.StatusAccepted)
	api.results <- result{data, strings.HasSuffix(r.URL.Path, "/error")}
}

// invoke gives the process a payload, and returns what it answers.
func (api *runtimeAPI) invoke(t testing.TB, payload string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	select {
	case api.invocations <- []byte(payload):
	case <-ctx.Done():
		t.Fatal("the function asks for nothing to do")
	}
	select {
	case r := <-api.results:
		return r
	case <-ctx.Done():
		t.Fatal("the function does not answer")
	}
	return result{}
}
