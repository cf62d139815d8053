package simulation

import (
	"slices"
	"time"
)

// shortenWithin is how long a history is shortened.
const shortenWithin = 2 * time.Minute

// shorten returns the shortest history that it finds which still violates something: fewer steps first, then simpler ones.
func shorten(h history, violates func(history) bool) history {
	giveUp := time.Now().Add(shortenWithin)
	better := func(other history) bool {
		if time.Now().After(giveUp) || !violates(other) {
			return false
		}
		h = other
		return true
	}
	better(history{Steps: h.Steps})
	for again := true; again; {
		again = false
		for size := len(h.Steps) / 2; size > 0; size /= 2 {
			for i := 0; i+size <= len(h.Steps); {
				if better(history{h.Clocks, slices.Delete(slices.Clone(h.Steps), i, i+size)}) {
					again = true
				} else {
					i += size
				}
			}
		}
	}
	for i := range h.Steps {
		for _, simplify := range []func(*step){
			func(s *step) { s.Fault, s.At = "", 0 }, func(s *step) { s.Stop = 0 }, func(s *step) { s.Who = 0 }, func(s *step) { s.What = 0 },
		} {
			other := slices.Clone(h.Steps)
			if simplify(&other[i]); other[i] != h.Steps[i] {
				better(history{h.Clocks, other})
			}
		}
	}
	return h
}
