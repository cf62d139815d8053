package lambdatest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/adaptertest"
	"github.com/gittix/ticketing/shared/config"
)

// Of every function: how long an invocation may take, and how many environments it may have.
const (
	functionTimeout = 30 * time.Second
	concurrency     = 2
)

// Function is one Lambda function, and its environments.
type Function struct {
	Doomed atomic.Bool // the next invocation's environment dies with the payload

	t     testing.TB
	path  string        // of its program
	slots chan struct{} // one for each invocation under way

	mu       sync.Mutex
	settings config.Values
	hangs    bool
	all      []*environment // that live
	idle     []*environment // the last one used is the first one used again
}

// Invoke waits for its turn, where Lambda would refuse.
func (f *Function) Invoke(payload []byte) Result {
	f.slots <- struct{}{} // given back within the timeout
	defer func() { <-f.slots }()
	e, err := f.environment()
	if err != nil {
		return Result{fmt.Append(nil, err), true}
	}
	r := e.take(payload, f.Doomed.Swap(false))
	f.mu.Lock()
	defer f.mu.Unlock()
	if slices.Contains(f.all, e) {
		f.idle = append(f.idle, e)
	}
	return r
}

// environment returns an idle one that lives, or else a new one.
func (f *Function) environment() (e *environment, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.forget()
	if n := len(f.idle) - 1; n >= 0 {
		e, f.idle = f.idle[n], f.idle[:n]
		return e, nil
	}
	if e, err = newEnvironment(f.t, f.path, f.settings); err == nil {
		e.pause(&e.hangs, f.hangs)
		f.all = append(f.all, e)
	}
	return e, err
}

// forget drops the environments that are gone.
func (f *Function) forget() {
	isGone := func(e *environment) bool { return !e.lives() }
	for _, e := range f.all {
		if isGone(e) {
			e.runtime.Close()
		}
	}
	f.all, f.idle = slices.DeleteFunc(f.all, isGone), slices.DeleteFunc(f.idle, isGone)
}

// Deploy lets all that follows have other settings, too.
func (f *Function) Deploy(settings config.Values) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.settings, f.idle = f.settings.With(settings), nil
}

// Kill ends every environment, and returns how many of them lived.
func (f *Function) Kill() (killed int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.forget()
	for _, e := range f.all {
		e.kill()
	}
	return len(f.all)
}

// Recycle ends every environment that is idle, as Lambda does. Errors: one does not end in good order.
func (f *Function) Recycle() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.forget()
	var errs []error
	for _, e := range f.idle {
		errs = append(errs, e.shutDown())
	}
	f.forget()
	return errors.Join(errs...)
}

// Hang stops all environments where they are, or lets them go on.
func (f *Function) Hang(hangs bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hangs = hangs
	for _, e := range f.all {
		e.pause(&e.hangs, hangs)
	}
}

func (f *Function) close() {
	f.Kill()
	for _, e := range f.all {
		e.runtime.Close()
	}
}

// apiRoute is a route of an HTTP API of API Gateway. What that answers for a function that fails is no answer here.
type apiRoute struct{ *Function }

func (a apiRoute) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	event, wrong := httpEvent("$default")(adaptertest.Request{Method: r.Method, Target: r.URL.RequestURI(), Header: r.Header, Body: body})
	if err = errors.Join(err, wrong); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	payload, _ := json.Marshal(event) // which is made of text
	done := a.Invoke(payload)
	reply, err := Answered(done.Data)
	if err != nil || done.Failed {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), reply.Header)
	w.WriteHeader(reply.Status)
	_, _ = w.Write(reply.Body) // a client that is gone asks again
}

// Service is the functions of one service, as what breaks together.
type Service []*Function

// Kill ends every environment without a warning.
func (s Service) Kill() error {
	for _, f := range s {
		f.Kill()
	}
	return nil
}

// Start does nothing: the next invocation starts an environment.
func (s Service) Start() error { return nil }

// Stop ends every environment that is idle.
func (s Service) Stop() (err error) {
	for _, f := range s {
		err = errors.Join(err, f.Recycle())
	}
	return err
}

// Signal stops all environments where they are by SIGSTOP, and else lets them go on.
func (s Service) Signal(sig syscall.Signal) error {
	for _, f := range s {
		f.Hang(sig == syscall.SIGSTOP)
	}
	return nil
}

// Set changes settings of the next environments.
func (s Service) Set(settings config.Values) {
	for _, f := range s {
		f.Deploy(settings)
	}
}

// Ready returns nil: a function is asked by its invocations alone.
func (s Service) Ready(context.Context, time.Duration) error { return nil }
