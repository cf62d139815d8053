package function

import (
	"cmp"
	"context"
	"errors"
	"math"
	"net/http"

	"golang.org/x/sync/semaphore"

	"github.com/gittix/ticketing/shared/apierror"
)

// What one request may hold, in bytes, as most do. What is above that is counted.
const (
	smallBody   = 32 << 10 // of a body that arrives
	smallAnswer = 32 << 10 // of an answer that is sent, and may be read slowly
)

var (
	errBusy       = apierror.Unavailable(errors.New("too many requests are under way"))
	errIncomplete = apierror.New(http.StatusBadRequest, "Request body is incomplete.")
)

// gate bounds what the requests of one service hold at the same time. For each request that may run there may be two that
// are here, as long as clients take to send bodies and to read answers; 64 KiB of bodies and answers that are not small; and
// 128 KiB that the handlers of lists work with. So 128 requests take less than 64 MiB, whatever clients do.
type gate struct {
	present, running *semaphore.Weighted // requests
	large, lists     *semaphore.Weighted // bytes
	most             int64               // of lists
}

// newGate returns a gate for n requests that run, or for any number if n is 0.
func newGate(n int) *gate {
	most := cmp.Or(int64(n), math.MaxInt64>>17)
	return &gate{
		semaphore.NewWeighted(2 * most), semaphore.NewWeighted(most),
		semaphore.NewWeighted(most * 64 << 10), semaphore.NewWeighted(most * 128 << 10), most * 128 << 10,
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
	if !g.present.TryAcquire(1) {
		r.Body = http.NoBody
		return nil, errBusy
	}
	s := &stay{gate: g}
	var err error
	if !reads {
		r.Body = http.NoBody // net/http still drains or drops what there is
	} else {
		err = s.receive(w, r)
	}
	if err == nil && !g.running.TryAcquire(1) {
		err = errBusy
	}
	if err != nil {
		r.Body = http.NoBody
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
	return s.hold(int64(bytes))
}

// lister is a request for many things: how many bytes its handler may work with.
type lister interface{ weight() int64 }

// list waits until there is room for the work of a lister, and returns what ends that.
func list(ctx context.Context, in any) (end func(), err error) {
	s, ok := ctx.Value(stayKey{}).(*stay)
	l, lists := in.(lister)
	if !ok || !lists {
		return func() {}, nil
	}
	weight := min(l.weight(), s.most)
	if err := s.lists.Acquire(ctx, weight); err != nil {
		return nil, apierror.Unavailable(err)
	}
	return func() { s.lists.Release(weight) }, nil
}

// Bound admits no more requests to next at the same time than a service takes, and has read their bodies, which next
// finds in memory. It is for what an adapter answers beside Handler.
func (r Runner) Bound(next http.Handler) http.Handler {
	g := newGate(r.MaxInFlight)
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
