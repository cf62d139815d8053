package stress

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// Report is what a run has seen.
type Report struct {
	Phases                      []*Phase
	Compared, Late              int  // copies that were looked at; those that were not at their last version
	Contended, Oversold, Unsold int  // tickets that all buyers wanted; those that several got; those that none got
	Interrupted                 bool // the run was stopped before its end

	mu     sync.Mutex
	faults []string // what broke, for people
}

// Phase is a part of a run, measured.
type Phase struct {
	Name     string
	Failures int           // requests without an answer, or with one that is not expected
	Took     time.Duration // all of it

	mu    sync.Mutex
	began time.Time
	calls []time.Duration // of each request
	first error           // the first failure
}

func (r *Report) begin(name string) *Phase {
	p := &Phase{Name: name, began: time.Now()}
	r.Phases = append(r.Phases, p)
	return p
}

// do makes one request and notes how long it took and how it ended. Expected refusals are no failures. A request that
// the end of ctx cut off is not noted.
func (p *Phase) do(ctx context.Context, request func() error, expected ...error) error {
	began := time.Now()
	err := request()
	took := time.Since(began)
	if ctx.Err() != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = append(p.calls, took)
	if err != nil && !slices.ContainsFunc(expected, func(e error) bool { return errors.Is(err, e) }) {
		if p.Failures++; p.Failures == 1 {
			p.first = err
		}
	}
	return err
}

func (p *Phase) end() {
	p.Took = time.Since(p.began)
	slices.Sort(p.calls)
}

// Percentile is the time that so many of a hundred requests did not exceed. The phase must have ended.
func (p *Phase) Percentile(percent int) time.Duration {
	if len(p.calls) == 0 {
		return 0
	}
	return p.calls[(len(p.calls)-1)*percent/100]
}

// broke counts a fault, and keeps what it is.
func (r *Report) broke(count *int, format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	*count++
	r.faults = append(r.faults, fmt.Sprintf(format, args...))
}

// OK is true if nothing broke and no request failed.
func (r *Report) OK() bool {
	return len(r.faults) == 0 && !slices.ContainsFunc(r.Phases, func(p *Phase) bool { return p.Failures > 0 })
}

// Print writes the summary.
func (r *Report) Print(w io.Writer) {
	fmt.Fprintf(w, "%-12s%10s%12s%10s%10s%10s\n", "", "requests", "requests/s", "p50 ms", "p99 ms", "failures")
	for _, p := range r.Phases {
		milliseconds := func(percent int) float64 { return p.Percentile(percent).Seconds() * 1000 }
		fmt.Fprintf(w, "%-12s%10d%12.0f%10.1f%10.1f%10d\n", p.Name, len(p.calls), float64(len(p.calls))/p.Took.Seconds(), milliseconds(50), milliseconds(99), p.Failures)
	}
	fmt.Fprintf(w, "\nversions late %d of %d\noversold      %d of %d\nunsold        %d of %d\n", r.Late, r.Compared, r.Oversold, r.Contended, r.Unsold, r.Contended)
	for _, fault := range r.faults[:min(len(r.faults), 10)] {
		fmt.Fprintf(w, "  %s\n", fault)
	}
	for _, p := range r.Phases {
		if p.first != nil {
			fmt.Fprintf(w, "  %s: the first failure: %v\n", p.Name, p.first)
		}
	}
	if r.Interrupted {
		fmt.Fprintln(w, "stopped before its end")
	}
}
