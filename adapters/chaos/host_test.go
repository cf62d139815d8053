package chaos

import (
	"slices"
	"sync"
	"testing"
	"time"
)

// host measures how much time the machine, which has other work, does not give to who waits for it.
type host struct {
	mu     sync.Mutex
	stalls []stall
}

// stall is a moment at which something ran later than it asked for.
type stall struct {
	at   time.Time
	late time.Duration
}

const hostTick = 10 * time.Millisecond

// watchHost measures until the test ends.
func watchHost(t testing.TB) *host {
	h := &host{}
	var watching sync.WaitGroup
	watching.Go(func() {
		ticker := time.NewTicker(hostTick)
		defer ticker.Stop()
		for before := time.Now(); t.Context().Err() == nil; {
			<-ticker.C
			now := time.Now()
			if late := now.Sub(before) - hostTick; late > hostTick/2 {
				h.mu.Lock()
				h.stalls = append(h.stalls, stall{now, late})
				h.mu.Unlock()
			}
			before = now
		}
	})
	t.Cleanup(watching.Wait)
	return h
}

// between is how much was lost from one moment to another.
func (h *host) between(from, to time.Time) (sum time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	i, _ := slices.BinarySearchFunc(h.stalls, from, func(s stall, at time.Time) int { return s.at.Compare(at) })
	for ; i < len(h.stalls) && h.stalls[i].at.Add(-h.stalls[i].late).Before(to); i++ {
		sum += h.stalls[i].late
	}
	return sum
}

// worst is the longest of all.
func (h *host) worst() (worst time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.stalls {
		worst = max(worst, s.late)
	}
	return worst
}
