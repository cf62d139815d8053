package stress

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gittix/ticketing/adapters/chaos/shopper"
)

// Phase is a part of a run, measured.
type Phase struct {
	Name     string
	Failures int           // requests without an answer, or with one that nobody expects
	Took     time.Duration // all of it

	mu    sync.Mutex
	began time.Time
	calls []time.Duration // of each request
	first error           // the first failure
}

// do makes one request and notes how long it took and how it ended. Refusals with one of the expected messages are
// no failures. A request that the end of ctx cut off is not noted.
func (p *Phase) do(ctx context.Context, request func() error, expected ...string) error {
	began := time.Now()
	err := request()
	took := time.Since(began)
	if ctx.Err() != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = append(p.calls, took)
	if err != nil && (len(expected) == 0 || !shopper.IsRefused(err, http.StatusBadRequest, expected...)) {
		if p.Failures++; p.Failures == 1 {
			p.first = err
		}
	}
	return err
}

// end stops the clock.
func (p *Phase) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.Took = time.Since(p.began)
	slices.Sort(p.calls)
}

// Requests that were answered or failed.
func (p *Phase) Requests() int { return len(p.calls) }

// Rate is in requests a second.
func (p *Phase) Rate() float64 {
	if p.Took == 0 {
		return 0
	}
	return float64(len(p.calls)) / p.Took.Seconds()
}

// Percentile is the time that so many of a hundred requests did not exceed.
func (p *Phase) Percentile(percent int) time.Duration {
	if len(p.calls) == 0 {
		return 0
	}
	return p.calls[(len(p.calls)-1)*percent/100]
}
