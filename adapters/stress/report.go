package stress

import (
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// Report is what a run has seen.
type Report struct {
	Phases      []*Phase
	Compared    int           // copies that were looked at
	Late        []Late        // those that were not at their last version
	Contended   int           // tickets that all buyers wanted
	Oversold    map[int32]int // how many got a ticket, where it was more than one
	Unsold      []int32       // free tickets that nobody got, although every request was answered
	Stuck       error         // why the events did not come through; nil if they did
	Interrupted bool          // it was stopped before its end

	mu sync.Mutex
}

// Late is a copy that missed something: the version that it is at, or -1 if there is none.
type Late struct{ Ticket, Version int32 }

func (r *Report) begin(name string) *Phase {
	p := &Phase{Name: name, began: time.Now()}
	r.Phases = append(r.Phases, p)
	return p
}

func (r *Report) compared(ticket, version int32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Compared++
	if version != changes {
		r.Late = append(r.Late, Late{ticket, version})
	}
}

func (r *Report) contended(ticket int32, sold int, unknown bool) {
	r.Contended++
	switch {
	case sold > 1:
		if r.Oversold == nil {
			r.Oversold = map[int32]int{}
		}
		r.Oversold[ticket] = sold
	case sold == 0 && !unknown:
		r.Unsold = append(r.Unsold, ticket)
	}
}

// Failures are those of all phases.
func (r *Report) Failures() (n int) {
	for _, p := range r.Phases {
		n += p.Failures
	}
	return n
}

// OK is true if nothing broke and no request failed.
func (r *Report) OK() bool {
	return len(r.Late) == 0 && len(r.Oversold) == 0 && len(r.Unsold) == 0 && r.Stuck == nil && r.Failures() == 0
}

// Print writes the summary.
func (r *Report) Print(w io.Writer) {
	fmt.Fprintf(w, "%-12s%10s%12s%10s%10s%10s\n", "", "requests", "requests/s", "p50 ms", "p99 ms", "failures")
	for _, p := range r.Phases {
		fmt.Fprintf(w, "%-12s%10d%12.0f%10.1f%10.1f%10d\n", p.Name, p.Requests(), p.Rate(),
			milliseconds(p.Percentile(50)), milliseconds(p.Percentile(99)), p.Failures)
	}
	fmt.Fprintf(w, "\nversions late %d of %d\noversold      %d of %d\nunsold        %d of %d\n",
		len(r.Late), r.Compared, len(r.Oversold), r.Contended, len(r.Unsold), r.Contended)
	for _, late := range first(r.Late) {
		fmt.Fprintf(w, "  ticket %d: its copy in orders is at version %d, not %d\n", late.Ticket, late.Version, changes)
	}
	for ticket, sold := range r.Oversold {
		fmt.Fprintf(w, "  ticket %d: sold %d times\n", ticket, sold)
	}
	for _, ticket := range first(r.Unsold) {
		fmt.Fprintf(w, "  ticket %d: free, and yet nobody got it\n", ticket)
	}
	for _, p := range r.Phases {
		if p.first != nil {
			fmt.Fprintf(w, "  %s: the first failure: %v\n", p.Name, p.first)
		}
	}
	if r.Stuck != nil {
		fmt.Fprintf(w, "  the events did not come through: %v\n", r.Stuck)
	}
	if r.Interrupted {
		fmt.Fprintln(w, "stopped before its end")
	}
}

// first are enough to see what is wrong.
func first[T any](all []T) []T { return slices.Clip(all[:min(len(all), 5)]) }

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
