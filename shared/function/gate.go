package function

import (
	"cmp"
	"context"
	"errors"
	"math"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/semaphore"

	"github.com/gittix/ticketing/shared/apierror"
)

var (
	errBusy       = apierror.Overloaded(errors.New("too many requests are under way"))
	errIncomplete = apierror.New(http.StatusBadRequest, "Request body is incomplete.")
)

// gate bounds the requests of one service, and the memory that they take. For each that may run there may be two that are
// present, as long as clients take to send bodies and to read answers. So 128 requests take less than 64 MiB, whatever clients do.
type gate struct {
	present *semaphore.Weighted // requests from their beginning to the last byte of their answer
	running *semaphore.Weighted // those of which a handler works
	count   prometheus.Gauge    // of running
	memory  memory
	timeout time.Duration // of a body
}

// newGate returns a gate for n requests that run, or for any number if n is 0, whose bodies may take timeout to arrive. Count is told how many run.
func newGate(n int, timeout time.Duration, count prometheus.Gauge) *gate {
	most := cmp.Or(int64(n), math.MaxInt64>>18)
	return &gate{
		present: semaphore.NewWeighted(2 * most),
		running: semaphore.NewWeighted(most),
		count:   count,
		memory:  newMemory(most),
		timeout: timeout,
	}
}

// admission is the place and the memory that a gate has given one request. Only its own goroutine uses it.
type admission struct {
	*gate
	runs  bool
	held  int64  // bytes of the memory's room
	share *share // of a public endpoint; nil: each of its requests is run
}

type admissionKey struct{}

// full reports whether as many requests run as may.
func (g *gate) full() bool {
	if !g.running.TryAcquire(1) {
		return true
	}
	g.running.Release(1)
	return false
}

// admit lets a request in and reads its body, if it is to be read. Errors: errBusy at once, where there is no room; those of receive.
func (g *gate) admit(w http.ResponseWriter, r *http.Request, reads bool) (*admission, error) {
	start := time.Now()
	if r.ContentLength != 0 {
		arriveBy(w, start.Add(min(soon, g.timeout)))
	}
	if g.full() || !g.present.TryAcquire(1) {
		leaveUnread(w, r)
		return nil, errBusy
	}
	a := &admission{gate: g}
	if err := a.enter(w, r, reads, start); err != nil {
		leaveUnread(w, r)
		a.release()
		return nil, err
	}
	return a, nil
}

// enter reads the body of a request that is present, and then lets it run.
func (a *admission) enter(w http.ResponseWriter, r *http.Request, reads bool, start time.Time) error {
	if !reads {
		r.Body = http.NoBody
	} else if err := a.receive(w, r, start); err != nil {
		return err
	}
	if a.runs = a.running.TryAcquire(1); !a.runs {
		return errBusy
	}
	a.count.Inc()
	return nil
}

// finish gives back the right to run: what is left is to send the answer.
func (a *admission) finish() {
	if a.runs {
		a.runs = false
		a.running.Release(1)
		a.count.Dec()
	}
}

// release gives back everything.
func (a *admission) release() {
	a.finish()
	a.memory.room.Release(a.held)
	a.present.Release(1)
}

// Bound admits no more requests to next at the same time than a service takes, and has read their bodies, which next
// finds in memory. It is for what an adapter answers beside Handler.
func (r Runner) Bound(next http.Handler) http.Handler {
	g := newGate(r.MaxInFlight, r.Timeout, prometheus.NewGauge(prometheus.GaugeOpts{})) // not registered: it is never scraped
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		a, err := g.admit(w, req, true)
		if err != nil {
			apierror.Write(w, err)
			return
		}
		defer a.release()
		next.ServeHTTP(w, req)
	})
}

// isPublic reports whether the endpoint that runs in ctx is.
func isPublic(ctx context.Context) bool {
	a, ok := ctx.Value(admissionKey{}).(*admission)
	return ok && a.share != nil
}
