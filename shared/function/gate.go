package function

import (
	"cmp"
	"context"
	"errors"
	"math"
	"net/http"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/gittix/ticketing/shared/apierror"
)

// What one request may hold, in bytes, as most do. What is above that is counted.
const (
	smallBody   = 32 << 10 // of a body that arrives
	smallAnswer = 32 << 10 // of an answer that is sent, and may be read slowly
)

var (
	errBusy       = apierror.Overloaded(errors.New("too many requests are under way"))
	errIncomplete = apierror.New(http.StatusBadRequest, "Request body is incomplete.")
)

// gate bounds what the requests of one service hold at the same time. For each request that may run there may be two that
// are here, as long as clients take to send bodies and to read answers; 64 KiB of bodies and answers that are not small; and
// 128 KiB that the handlers of lists work with. So 128 requests take less than 64 MiB, whatever clients do. Of every four that
// run, one may be a long list that waits for that. What is larger than all of the room for bytes takes all of it.
type gate struct {
	present, running, waiting *semaphore.Weighted // requests
	large, lists              *semaphore.Weighted // bytes
	most                      int64               // bytes of large
	timeout                   time.Duration       // of a body
}

// listWait is how long a long list waits for its turn.
const listWait = time.Second

// newGate returns a gate for n requests that run, or for any number if n is 0, whose bodies may take timeout to arrive.
func newGate(n int, timeout time.Duration) *gate {
	most := cmp.Or(int64(n), math.MaxInt64>>18)
	return &gate{
		semaphore.NewWeighted(2 * most), semaphore.NewWeighted(most), semaphore.NewWeighted((most + 3) / 4),
		semaphore.NewWeighted(most * 64 << 10), semaphore.NewWeighted(most * 128 << 10), most * 64 << 10, timeout,
	}
}

// stay is what one request holds of a gate. Only its own goroutine uses it.
type stay struct {
	*gate
	runs bool
	held int64 // bytes of large
}

// admit lets a request in and reads its body, if it is to be read. Errors: errBusy at once, where there is no room; those of receive.
func (g *gate) admit(w http.ResponseWriter, r *http.Request, reads bool) (*stay, error) {
	start := time.Now()
	if r.ContentLength != 0 {
		arriveBy(w, start.Add(min(soon, g.timeout)))
	}
	if !g.present.TryAcquire(1) {
		leaveUnread(w, r)
		return nil, errBusy
	}
	s := &stay{gate: g}
	var err error
	if !reads {
		r.Body = http.NoBody
	} else {
		err = s.receive(w, r, start)
	}
	if err == nil && !g.running.TryAcquire(1) {
		err = errBusy
	}
	if err != nil {
		leaveUnread(w, r)
		s.leave()
		return nil, err
	}
	s.runs = true
	return s, nil
}

// rest says that the work is done: what is left is to send the answer.
func (s *stay) rest() {
	if s.runs {
		s.runs = false
		s.running.Release(1)
	}
}

// leave ends the stay.
func (s *stay) leave() {
	s.rest()
	s.large.Release(s.held)
	s.present.Release(1)
}

// hold counts bytes that stay until the request has ended. Errors: errBusy.
func (s *stay) hold(bytes int64) error {
	if !s.large.TryAcquire(bytes) {
		return errBusy
	}
	s.held += bytes
	return nil
}

type stayKey struct{}

// Hold says how large, in bytes, the answer is that is about to be sent to the request of ctx: a client may read it slowly.
// Errors: 503, if the service holds too much already. The answer is then to be dropped.
func Hold(ctx context.Context, bytes int) error {
	s, ok := ctx.Value(stayKey{}).(*stay)
	if !ok || bytes <= smallAnswer {
		return nil
	}
	return s.hold(max(min(int64(bytes), s.most)-s.held, 0))
}

// lister is a request for many things.
type lister interface {
	size() int64   // bytes of the usual answer
	weight() int64 // bytes that the handler works with, at most
}

// list waits until there is room for the work of a lister and for its answer, and returns what ends the work. It waits before
// anything is done, so that no work is lost; those that ask for little do not wait for those that ask for much and read slowly.
func list(ctx context.Context, in any) (end func(), err error) {
	s, ok := ctx.Value(stayKey{}).(*stay)
	l, lists := in.(lister)
	if !ok || !lists {
		return func() {}, nil
	}
	if size := min(l.size(), s.most); size > smallAnswer {
		if err := s.queue(ctx, size); err != nil {
			return nil, err
		}
	}
	weight := min(l.weight(), 2*s.most)
	if err := s.lists.Acquire(ctx, weight); err != nil {
		return nil, apierror.Overloaded(err)
	}
	return func() { s.lists.Release(weight) }, nil
}

// queue waits to hold bytes, unless too many wait already.
func (s *stay) queue(ctx context.Context, bytes int64) error {
	if !s.waiting.TryAcquire(1) {
		return errBusy
	}
	defer s.waiting.Release(1)
	ctx, cancel := context.WithTimeout(ctx, listWait)
	defer cancel()
	if err := s.large.Acquire(ctx, bytes); err != nil {
		return errBusy
	}
	s.held += bytes
	return nil
}

// Bound admits no more requests to next at the same time than a service takes, and has read their bodies, which next
// finds in memory. It is for what an adapter answers beside Handler.
func (r Runner) Bound(next http.Handler) http.Handler {
	g := newGate(r.MaxInFlight, r.Timeout)
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
