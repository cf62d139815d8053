package stripeserver

import (
	"sync"
	"time"
)

// hold stops one confirm.
type hold struct {
	arrived  chan struct{}
	released chan struct{}
}

// Hold makes the next confirm of an intent stop before any money moves: arrived
// is closed when it got there, release lets it go on. Meanwhile Stripe's lock is
// on the intent: another confirm or a cancel is told to come back later. For tests.
func (s *Sandbox) Hold(intentID string) (arrived <-chan struct{}, release func()) {
	h := &hold{arrived: make(chan struct{}), released: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holds[intentID] = h
	return h.arrived, sync.OnceFunc(func() { close(h.released) })
}

// pause returns what the confirm of an intent has to wait for, or nil. The wait
// says false when the sandbox was closed instead.
func (s *Sandbox) pause(intentID string) func() bool {
	if h := s.holds[intentID]; h != nil {
		delete(s.holds, intentID)
		return func() bool {
			close(h.arrived)
			select {
			case <-h.released:
				return true
			case <-s.closing:
				return false
			}
		}
	}
	pi := s.books.intents[intentID]
	if pi.Status != requiresConfirmation || s.books.cardOf(pi).outcome != isSlow {
		return nil
	}
	return func() bool {
		select {
		case <-time.After(s.cfg.SlowFor):
			return true
		case <-s.closing:
			return false
		}
	}
}

// locked waits with the intent locked and the books open to others.
func (s *Sandbox) locked(intentID string, wait func() bool) bool {
	s.moving[intentID] = true
	s.mu.Unlock()
	goOn := wait()
	s.mu.Lock()
	delete(s.moving, intentID)
	return goOn
}
