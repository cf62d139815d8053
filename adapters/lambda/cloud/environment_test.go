package cloud_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"syscall"
	"time"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/program"
)

// timeout is that of every function.
const timeout = 30 * time.Second

// environment is one process of a function, and the Runtime API that it asks for work.
type environment struct {
	process *program.Process
	signal  func(syscall.Signal) error
	api     *httptest.Server
	work    chan []byte
	answers chan answer
}

// answer is how an invocation ended.
type answer struct {
	data   []byte
	failed bool // data tells of an error, and is no answer of the handler's
}

// begin starts a program as Lambda does. Its cold start is over when it asks for work.
func begin(path string, values config.Values, log *slog.Logger) (*environment, error) {
	e := &environment{work: make(chan []byte), answers: make(chan answer)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", e.next)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/{end}", e.end)
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) }) // then it ends
	mux.HandleFunc("POST /2020-01-01/extension/register", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Lambda-Extension-Identifier", "1")
	})
	mux.HandleFunc("GET /2020-01-01/extension/event/next", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	e.api = httptest.NewUnstartedServer(mux) // its address is known; it answers when there is a process to freeze
	cmd := exec.Command(path)                //nolint:noctx // it is stopped by signals
	cmd.Env = append(program.Environment(), "AWS_LAMBDA_RUNTIME_API="+e.api.Listener.Addr().String())
	for name, value := range values {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var err error
	if e.process, err = program.Start(cmd, syscall.SIGKILL, "", log); err != nil {
		e.api.Close()
		return nil, err
	}
	e.signal = func(s syscall.Signal) error { return cmd.Process.Signal(s) }
	e.api.Start()
	return e, nil
}

// next freezes the process until there is work for it.
func (e *environment) next(w http.ResponseWriter, r *http.Request) {
	if err := e.signal(syscall.SIGSTOP); err != nil {
		return // it has ended
	}
	select {
	case data := <-e.work:
		if err := e.signal(syscall.SIGCONT); err != nil {
			return
		}
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
		w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(timeout).UnixMilli()))
		w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:123456789012:function:ticketing")
		_, _ = w.Write(data) // a process that went away sends no answer
	case <-r.Context().Done():
	}
}

func (e *environment) end(w http.ResponseWriter, r *http.Request) {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return // it went away in mid-sentence
	}
	select {
	case e.answers <- answer{data, r.PathValue("end") == "error"}:
		w.WriteHeader(http.StatusAccepted)
	case <-r.Context().Done():
	}
}

// invoke gives the process a payload and waits for what becomes of it. One that takes too long is killed, and
// one that is doomed as soon as it has the payload.
func (e *environment) invoke(payload []byte, doomed bool) answer {
	late := time.NewTimer(timeout)
	defer late.Stop()
	work := e.work
	for {
		select {
		case work <- payload:
			if work = nil; doomed { // work is offered once
				return e.lost()
			}
		case a := <-e.answers:
			return a
		case <-e.process.Ended():
			return e.lost()
		case <-late.C:
			return e.lost()
		}
	}
}

// lost sees to it that the process is gone, and returns what Lambda says of that.
func (e *environment) lost() answer {
	err := e.kill()
	if err == nil {
		err = e.process.Err()
	}
	return answer{fmt.Appendf(nil, `{"errorType":"Runtime.ExitError","errorMessage":%q}`, fmt.Sprint(err)), true}
}

func (e *environment) lives() bool {
	select {
	case <-e.process.Ended():
		return false
	default:
		return true
	}
}

// kill ends the process, frozen or not, and returns when it is gone.
func (e *environment) kill() error {
	return e.process.Stop(context.Background(), syscall.SIGKILL, syscall.SIGKILL) // which nothing withstands
}

func (e *environment) close() error {
	defer e.api.Close()
	return e.kill()
}
