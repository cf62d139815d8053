package town_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/gittix/ticketing/adapters/chaos/shopper"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/program"
)

// revision is a Knative Service at one revision, and what Knative puts around it: an activator, which lets a
// request wait while a process starts; a kubelet, which starts another one after a crash; and an autoscaler,
// which ends it when the test says so, and no request is under way.
type revision struct {
	path      string // of the program
	log       *slog.Logger
	transport *http.Transport

	traffic sync.RWMutex // held by requests, for reading

	mu      sync.Mutex
	doomed  string // the path whose next request ends the process that has taken it
	values  config.Values
	process *program.Process // nil at zero
	origin  *url.URL
	starts  int
}

// ServeHTTP passes a request on to the process.
func (r *revision) ServeHTTP(w http.ResponseWriter, in *http.Request) {
	r.traffic.RLock()
	defer r.traffic.RUnlock()
	origin, err := r.awake(context.WithoutCancel(in.Context())) // others wait for the same process
	if err != nil {
		r.log.Error("no process", "error", err)
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	if r.isDoomed(in.URL.Path) {
		in = in.WithContext(httptrace.WithClientTrace(in.Context(), &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { r.kill() }}))
	}
	proxy := &httputil.ReverseProxy{
		Rewrite:   func(p *httputil.ProxyRequest) { p.SetURL(origin); p.Out.Host = p.In.Host },
		Transport: r.transport,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			r.log.Info("a request is lost", "path", in.URL.Path, "error", err)
			w.WriteHeader(http.StatusBadGateway)
		},
	}
	proxy.ServeHTTP(w, in)
}

// awake returns where the process answers, which it starts if there is none.
func (r *revision) awake(ctx context.Context) (*url.URL, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.process != nil {
		return r.origin, nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	port, err := program.FreePort(ctx)
	if err != nil {
		return nil, err
	}
	if r.process, err = run(r.path, port, r.values, r.log); err != nil {
		return nil, err
	}
	r.starts++
	r.origin = &url.URL{Scheme: "http", Host: "127.0.0.1:" + strconv.Itoa(port)}
	return r.origin, answers(ctx, r.transport, r.process, r.origin.String()+"/api/healthz")
}

// run starts a program as the container of a Knative Service.
func run(path string, port int, values config.Values, log *slog.Logger) (*program.Process, error) {
	cmd := exec.Command(path) //nolint:noctx // it is stopped by signals
	cmd.Env = append(program.Environment(), "K_SERVICE="+filepath.Base(path), "PORT="+strconv.Itoa(port), "METRICS_PORT=0")
	for name, value := range values {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	return program.Start(cmd, syscall.SIGKILL, "", log)
}

// answers waits until a URL answers 200. Errors: how the process ended before that; ctx's.
func answers(ctx context.Context, transport http.RoundTripper, process *program.Process, address string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	return shopper.Await(ctx, patience, func(ctx context.Context) error {
		select {
		case <-process.Ended():
			err := errors.Join(errors.New("it has ended"), process.Err())
			cancel(err) // nothing to wait for
			return err
		default:
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
		if err != nil {
			return err
		}
		answer, err := transport.RoundTrip(r)
		if err != nil {
			return err
		}
		if err := answer.Body.Close(); err != nil || answer.StatusCode != http.StatusOK {
			return errors.Join(err, errors.New(answer.Status))
		}
		return nil
	})
}

// doom has the next event for a consumer end the process that has taken it.
func (r *revision) doom(consumer string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.doomed = "/events/" + consumer
}

func (r *revision) isDoomed(path string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	doomed := r.doomed == path
	if doomed {
		r.doomed = ""
	}
	return doomed
}

// kill ends the process without a warning.
func (r *revision) kill() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.process != nil {
		_ = r.process.Stop(context.Background(), syscall.SIGKILL, syscall.SIGKILL) // which nothing withstands
		r.process = nil
	}
}

// sleep scales to zero: it waits for a moment without requests, and for the process to end in good order.
func (r *revision) sleep() error {
	r.traffic.Lock()
	defer r.traffic.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.process == nil {
		return nil
	}
	process := r.process
	r.process = nil
	ctx, cancel := context.WithTimeout(context.Background(), 25*time.Second) // SHUTDOWN_TIMEOUT
	defer cancel()
	if err := errors.Join(process.Stop(ctx, syscall.SIGTERM, syscall.SIGKILL), process.Err()); err != nil {
		return fmt.Errorf("%s was asked to stop: %w", r.path, err)
	}
	return nil
}

// change gives the processes to come some other settings.
func (r *revision) change(values config.Values) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.values = r.values.With(values)
}

// started is how many processes there were.
func (r *revision) started() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.starts
}
