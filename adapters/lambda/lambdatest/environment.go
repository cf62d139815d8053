package lambdatest

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/program"
)

// environment is one process of a function. It takes one payload at a time from a Runtime API of its own, is frozen in
// between, and may vanish at any moment.
type environment struct {
	process *program.Process
	runtime *httptest.Server
	work    chan []byte
	results chan Result

	mu            sync.Mutex
	frozen, hangs bool
}

// Result is how an invocation ended. Failed: data is an error.
type Result struct {
	Data   []byte
	Failed bool
}

func newEnvironment(t testing.TB, path string, settings config.Values) (*environment, error) {
	e := &environment{work: make(chan []byte), results: make(chan Result, 1)}
	e.runtime = httptest.NewUnstartedServer(&Runtime{
		Timeout: functionTimeout,
		Next: func(r *http.Request) (payload []byte) {
			e.pause(&e.frozen, true)
			select {
			case payload = <-e.work:
				e.pause(&e.frozen, false)
			case <-r.Context().Done():
			}
			return payload
		},
		Result: func(data []byte, failed bool) { e.results <- Result{data, failed} },
	})
	settings = settings.With(config.Values{"AWS_LAMBDA_RUNTIME_API": e.runtime.Listener.Addr().String()})
	var err error
	if e.process, err = systemtest.Run(path, settings, systemtest.Log(t, slog.LevelDebug)); err != nil {
		return nil, err
	}
	e.runtime.Start() // now that there is a process to freeze
	return e, nil
}

// pause sets one of the reasons why the process does not run, and lets it run if there is none.
func (e *environment) pause(reason *bool, is bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	*reason = is
	s := syscall.SIGCONT
	if e.frozen || e.hangs {
		s = syscall.SIGSTOP
	}
	if e.lives() {
		_ = syscall.Kill(e.process.Pid(), s) // it may have ended
	}
}

// take gives the process a payload and waits for what becomes of it. One that takes too long is killed, and one that is
// doomed as soon as it has the payload.
func (e *environment) take(payload []byte, doomed bool) Result {
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
func (e *environment) lost() Result {
	e.kill()
	return Result{fmt.Appendf(nil, `{"errorType":"Runtime.ExitError","errorMessage":%q}`, fmt.Sprint(e.process.Err())), true}
}

func (e *environment) kill() {
	_ = e.process.Stop(context.Background(), syscall.SIGKILL, syscall.SIGKILL) // which nothing withstands
}

// shutDown ends the process as Lambda does when it has been idle for long. Errors: it does not end in good order.
func (e *environment) shutDown() error {
	e.pause(&e.frozen, false)
	ctx, cancel := context.WithTimeout(context.Background(), functionTimeout)
	defer cancel()
	if err := e.process.Stop(ctx, syscall.SIGTERM, syscall.SIGKILL); err != nil {
		return err
	}
	return e.process.Err()
}

func (e *environment) lives() bool {
	select {
	case <-e.process.Ended():
		return false
	default:
		return true
	}
}
