package knativetest

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/adaptertest"
	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/config"
)

// readyWithin is how long a request waits for a process that gets ready.
const readyWithin = 20 * time.Second

// Revision is a Knative Service at one revision, and what Knative puts around it: an activator, which lets a request
// wait while a process starts; a kubelet, which starts another one after a crash; and an autoscaler, which ends it when
// no request is under way.
type Revision struct {
	proxy   http.Handler
	traffic sync.RWMutex // held by requests, for reading
	latest  atomic.Int64 // when the last request came, in Unix ms

	mu      sync.Mutex
	process *systemtest.Process
	awake   bool
	hangs   bool
	starts  int
	doomed  string         // the path whose next request ends the process that has taken it
	lost    map[string]int // how many requests of a path come to nothing on the way
}

func newRevision(t testing.TB, programs, service string, transport *http.Transport, settings config.Values) *Revision {
	t.Helper()
	p := systemtest.NewProcess(t, programs, service, settings.With(config.Values{"K_SERVICE": service}))
	p.Transport = transport
	return &Revision{process: p, proxy: systemtest.Proxy(p.URL, transport)}
}

// ServeHTTP passes a request on to the process. Where no answer comes, there is none.
func (r *Revision) ServeHTTP(w http.ResponseWriter, in *http.Request) {
	r.traffic.RLock()
	defer r.traffic.RUnlock()
	r.latest.Store(time.Now().UnixMilli())
	if r.loses(in.URL.Path) {
		panic(http.ErrAbortHandler) // which drops the connection
	}
	doomed, err := r.wake(context.WithoutCancel(in.Context()), in.URL.Path) // others wait for the same process
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if doomed {
		in = in.WithContext(httptrace.WithClientTrace(in.Context(), &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { _ = r.Kill() }}))
	}
	r.proxy.ServeHTTP(w, in)
}

// wake starts a process if there is none, and reports whether the request is its end.
func (r *Revision) wake(ctx context.Context, path string) (doomed bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.awake {
		if err := r.process.Start(); err != nil {
			return false, err
		}
		r.awake = true
		r.starts++
		if err := r.process.Ready(ctx, readyWithin); err != nil {
			return false, err
		}
	}
	if doomed = r.doomed == path; doomed {
		r.doomed = ""
	}
	return doomed, nil
}

// Doom has the next event for a consumer end the process that has taken it.
func (r *Revision) Doom(consumer string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.doomed = "/events/" + consumer
}

// Lose has so many deliveries to a consumer come to nothing on the way.
func (r *Revision) Lose(consumer string, deliveries int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost = map[string]int{"/events/" + consumer: deliveries}
}

func (r *Revision) loses(path string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.lost[path] == 0 {
		return false
	}
	r.lost[path]--
	return true
}

// Kill ends the process without a warning.
func (r *Revision) Kill() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.awake, r.hangs = false, false
	return r.process.Kill()
}

// Start does nothing: the next request starts a process.
func (r *Revision) Start() error { return nil }

// Signal pauses the process, if there is one, or lets it go on.
func (r *Revision) Signal(s syscall.Signal) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.awake {
		return nil
	}
	r.hangs = s == syscall.SIGSTOP
	return r.process.Signal(s)
}

// Set changes settings of the next process.
func (r *Revision) Set(settings config.Values) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.process.Set(settings)
}

// Stop scales to zero: it waits for a moment without requests, and for the process to end in good order. One that hangs is left alone.
func (r *Revision) Stop() error {
	r.traffic.Lock()
	defer r.traffic.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.awake || r.hangs {
		return nil
	}
	r.awake = false
	return r.process.Stop()
}

// Ready waits until the service can use all that it needs, which a sleeping one need not show.
func (r *Revision) Ready(ctx context.Context, timeout time.Duration) error {
	return adaptertest.Await(ctx, timeout, func(ctx context.Context) error {
		r.traffic.RLock() // it is not put to sleep meanwhile
		defer r.traffic.RUnlock()
		r.mu.Lock()
		awake := r.awake
		r.mu.Unlock()
		if !awake {
			return nil
		}
		return r.process.Ready(ctx, time.Second)
	})
}

// autoscale scales to zero whenever no request has come for a while, until ctx ends.
func (r *Revision) autoscale(ctx context.Context, t testing.TB, idle time.Duration) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(idle / 4):
		}
		if time.Since(time.UnixMilli(r.latest.Load())) > idle {
			if err := r.Stop(); err != nil {
				t.Error(err)
			}
		}
	}
}

// Started is how many processes there were.
func (r *Revision) Started() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.starts
}
