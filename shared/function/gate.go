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

// stay is what one request has of a gate. Only its own goroutine uses it.
type stay struct {
	*gate
	runs  bool
	held  int64  // bytes of the memory's room
	share *share // of a public endpoint; nil: each of its requests is run
}

type stayKey struct{}

// full reports whether as many requests run as may.
func (g *gate) full() bool {
	if !g.running.TryAcquire(1) {
		return true
	}
	g.running.Release(1)
	return false
}

// admit lets a request in and reads its body, if it is to be read. Errors: errBusy at once, where there is no room; those of receive.
func (g *gate) admit(w http.ResponseWriter, r *http.Request, reads bool) (*stay, error) {
	start := time.Now()
	if r.ContentLength != 0 {
		arriveBy(w, start.Add(min(soon, g.timeout)))
	}
	if g.full() || !g.present.TryAcquire(1) {
		leaveUnread(w, r)
		return nil, errBusy
	}
	s := &stay{gate: g}
	if err := s.enter(w, r, reads, start); err != nil {
		leaveUnread(w, r)
		s.leave()
		return nil, err
	}
	return s, nil
}

// enter reads the body of a request that is present, and then lets it run.
func (s *stay) enter(w http.ResponseWriter, r *http.Request, reads bool, start time.Time) error {
	if !reads {
		r.Body = http.NoBody
	} else if err := s.receive(w, r, start); err != nil {
		return err
	}
	if s.runs = s.running.TryAcquire(1); !s.runs {
		return errBusy
	}
	s.count.Inc()
	return nil
}

// rest says that the work is done: what is left is to send the answer.
func (s *stay) rest() {
	if s.runs {
		s.runs = false
		s.running.Release(1)
		s.count.Dec()
	}
}

// leave ends the stay.
func (s *stay) leave() {
	s.rest()
	s.memory.room.Release(s.held)
	s.present.Release(1)
}

// Bound admits no more requests to next at the same time than a service takes, and has read their bodies, which next
// finds in memory. It is for what an adapter answers beside Handler.
func (r Runner) Bound(next http.Handler) http.Handler {
	g := newGate(r.MaxInFlight, r.Timeout, prometheus.NewGauge(prometheus.GaugeOpts{})) // not registered: it is never scraped
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		s, err := g.admit(w, req, true)
		if err != nil {
			apierror.Write(w, err)
			return
		}
		defer s.leave()
		next.ServeHTTP(w, req)
	})
}

// isPublic reports whether the endpoint that runs in ctx is.
func isPublic(ctx context.Context) bool {
	s, ok := ctx.Value(stayKey{}).(*stay)
	return ok && s.share != nil
}
