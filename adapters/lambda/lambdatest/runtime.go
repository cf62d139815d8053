package lambdatest

import (
	"fmt"
	"io"
	"net/http"
	"time"
)

// Runtime is what the process of one function talks to: AWS's Runtime API, and the part of its Extensions API that asks
// for SIGTERM. What is nil is not looked at.
type Runtime struct {
	Timeout   time.Duration                        // of an invocation
	Next      func(*http.Request) (payload []byte) // waits for an invocation; nil: the process has gone away
	Result    func(data []byte, failed bool)       // of the invocation; failed: data is an error
	InitError func(kind, body string)              // why the process cannot start
	Register  func(extension string)
}

// ServeHTTP answers the process.
func (a *Runtime) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(w http.ResponseWriter, r *http.Request) {
		if payload := a.Next(r); payload != nil {
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
			w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(a.Timeout).UnixMilli()))
			w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:123456789012:function:ticketing")
			_, _ = w.Write(payload) // a process that went away sends no result
		}
	})
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/{end}", func(w http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err == nil { // else the process died while it answered
			w.WriteHeader(http.StatusAccepted)
			a.Result(body, r.PathValue("end") == "error")
		}
	})
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // a test that lacks it fails
		w.WriteHeader(http.StatusAccepted)
		if a.InitError != nil {
			a.InitError(r.Header.Get("Lambda-Runtime-Function-Error-Type"), string(body))
		}
	})
	mux.HandleFunc("POST /2020-01-01/extension/register", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Lambda-Extension-Identifier", "1")
		if a.Register != nil {
			a.Register(r.Header.Get("Lambda-Extension-Name"))
		}
	})
	mux.HandleFunc("GET /2020-01-01/extension/event/next", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.ServeHTTP(w, r)
}
