package knative_test

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"sync"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/config"
)

// revision is a Knative Service at one revision, and what Knative puts around it: an activator, which lets a request
// wait while a process starts; a kubelet, which starts another one after a crash; and an autoscaler, which ends it when
// the test says so and no request is under way.
type revision struct {
	proxy   http.Handler
	traffic sync.RWMutex // held by requests, for reading

	mu      sync.Mutex
	process *systemtest.Process
	awake   bool
	starts  int
	doomed  string         // the path whose next request ends the process that has taken it
	lost    map[string]int // how many requests of a path come to nothing on the way
}

func newRevision(t *testing.T, programs, service string, transport *http.Transport, settings config.Values) *revision {
	t.Helper()
	p := systemtest.NewProcess(t, programs, service, settings.With(config.Values{"K_SERVICE": service}))
	p.Transport = transport
	return &revision{process: p, proxy: systemtest.Proxy(p.URL, transport)}
}

// ServeHTTP passes a request on to the process.
func (r *revision) ServeHTTP(w http.ResponseWriter, in *http.Request) {
	r.traffic.RLock()
	defer r.traffic.RUnlock()
	if r.loses(in.URL.Path) {
		panic(http.ErrAbortHandler) // which drops the connection
	}
	doomed, err := r.wake(context.WithoutCancel(in.Context()), in.URL.Path) // others wait for the same process
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	if doomed {
		in = in.WithContext(httptrace.WithClientTrace(in.Context(), &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { r.kill() }}))
	}
	r.proxy.ServeHTTP(w, in)
}

// wake starts a process if there is none, and reports whether the request is its end.
func (r *revision) wake(ctx context.Context, path string) (doomed bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.awake {
		if err := r.process.Start(); err != nil {
			return false, err
		}
		r.awake = true
		r.starts++
		if err := r.process.Ready(ctx, time.Minute); err != nil {
			return false, err
		}
	}
	if doomed = r.doomed == path; doomed {
		r.doomed = ""
	}
	return doomed, nil
}

// doom has the next event for a consumer end the process that has taken it.
func (r *revision) doom(consumer string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.doomed = "/events/" + consumer
}

// lose has so many deliveries to a consumer come to nothing on the way.
func (r *revision) lose(consumer string, deliveries int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost = map[string]int{"/events/" + consumer: deliveries}
}

func (r *revision) loses(path string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.lost[path] == 0 {
		return false
	}
	r.lost[path]--
	return true
}

func (r *revision) kill() {
	r.mu.Lock()
	defer r.mu.Unlock()
	_ = r.process.Kill() // which nothing withstands
	r.awake = false
}

// sleep scales to zero: it waits for a moment without requests, and for the process to end in good order. The next one
// has these settings, too.
func (r *revision) sleep(settings config.Values) error {
	r.traffic.Lock()
	defer r.traffic.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.awake = false
	r.process.Settings = r.process.Settings.With(settings)
	return r.process.Stop()
}

// started is how many processes there were.
func (r *revision) started() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.starts
}
