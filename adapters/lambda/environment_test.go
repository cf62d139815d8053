package lambda_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/lambda/lambdatest"
	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/program"
)

// Of every function: how long an invocation may take, and how many environments it may have.
const (
	functionTimeout = 30 * time.Second
	concurrency     = 2
)

// environment is one process of a function. It takes one payload at a time from a Runtime API of its own, is frozen in
// between, and may vanish at any moment.
type environment struct {
	process *program.Process
	runtime *httptest.Server
	work    chan []byte
	results chan result
}

// result is how an invocation ended. Failed: data is an error.
type result struct {
	data   []byte
	failed bool
}

func newEnvironment(t testing.TB, path string, settings config.Values) (*environment, error) {
	e := &environment{work: make(chan []byte), results: make(chan result, 1)}
	e.runtime = httptest.NewUnstartedServer(&lambdatest.Runtime{
		Timeout: functionTimeout,
		Next: func(r *http.Request) (payload []byte) {
			e.signal(syscall.SIGSTOP)
			select {
			case payload = <-e.work:
				e.signal(syscall.SIGCONT)
			case <-r.Context().Done():
			}
			return payload
		},
		Result: func(data []byte, failed bool) { e.results <- result{data, failed} },
	})
	settings = settings.With(config.Values{"AWS_LAMBDA_RUNTIME_API": e.runtime.Listener.Addr().String()})
	var err error
	if e.process, err = systemtest.Run(path, settings, systemtest.Log(t, slog.LevelDebug)); err != nil {
		return nil, err
	}
	e.runtime.Start() // now that there is a process to freeze
	return e, nil
}

func (e *environment) signal(s syscall.Signal) {
	_ = syscall.Kill(e.process.Pid(), s) // it may have ended
}

// take gives the process a payload and waits for what becomes of it. One that takes too long is killed, and one that is
// doomed as soon as it has the payload.
func (e *environment) take(payload []byte, doomed bool) result {
	late := time.NewTimer(functionTimeout)
	defer late.Stop()
	work := e.work
	for {
		select {
		case work <- payload:
			if work = nil; doomed { // work is offered once
				return e.lost()
			}
		case r := <-e.results:
			return r
		case <-e.process.Ended():
			return e.lost()
		case <-late.C:
			return e.lost()
		}
	}
}

// lost makes sure that the process is gone, and returns what Lambda says of that.
func (e *environment) lost() result {
	e.kill()
	return result{fmt.Appendf(nil, `{"errorType":"Runtime.ExitError","errorMessage":%q}`, fmt.Sprint(e.process.Err())), true}
}

func (e *environment) kill() {
	_ = e.process.Stop(context.Background(), syscall.SIGKILL, syscall.SIGKILL) // which nothing withstands
}

func (e *environment) lives() bool {
	select {
	case <-e.process.Ended():
		return false
	default:
		return true
	}
}

// deployed is one Lambda function, and its environments.
type deployed struct {
	t      *testing.T
	path   string        // of its program
	slots  chan struct{} // one for each invocation under way
	doomed atomic.Bool   // the next invocation's environment dies with the payload

	mu       sync.Mutex
	settings config.Values
	all      []*environment
	idle     []*environment // the last one used is the first one used again
}

// invoke waits for its turn, where Lambda would refuse.
func (f *deployed) invoke(payload []byte) result {
	f.slots <- struct{}{} // given back within the timeout
	defer func() { <-f.slots }()
	e, err := f.environment()
	if err != nil {
		return result{fmt.Append(nil, err), true}
	}
	r := e.take(payload, f.doomed.Swap(false))
	f.mu.Lock()
	defer f.mu.Unlock()
	f.idle = append(f.idle, e)
	return r
}

// environment returns an idle one that lives, or else a new one.
func (f *deployed) environment() (e *environment, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for n := len(f.idle) - 1; n >= 0; n-- {
		if e, f.idle = f.idle[n], f.idle[:n]; e.lives() {
			return e, nil
		}
	}
	if e, err = newEnvironment(f.t, f.path, f.settings); err == nil {
		f.all = append(f.all, e)
	}
	return e, err
}

// deploy lets all that follows have other settings.
func (f *deployed) deploy(settings config.Values) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.settings, f.idle = f.settings.With(settings), nil
}

// kill ends every environment, and returns how many of them lived.
func (f *deployed) kill() (killed int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range f.all {
		if e.lives() {
			killed++
			e.kill()
		}
	}
	return killed
}

func (f *deployed) close() {
	f.kill()
	for _, e := range f.all {
		e.runtime.Close()
	}
}
