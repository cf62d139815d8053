package bus

import "sync"

// intake is a subscription at work: it bounds the handlers, knows which messages are under way, and counts failures.
// It outlives connections, since handlers do.
type intake struct {
	Subscription
	slots    chan struct{} // one token per running handler
	consumer Consumer      // nil while not live; guarded by Bus.mu

	mu       sync.Mutex
	underWay map[uint64]struct{}
	failures map[uint64]int
}

func newIntake(s Subscription, opts Options) *intake {
	if s.Concurrency == 0 {
		s.Concurrency = opts.Concurrency
	}
	return &intake{
		Subscription: s,
		slots:        make(chan struct{}, s.Concurrency),
		underWay:     map[uint64]struct{}{},
		failures:     map[uint64]int{},
	}
}

// claim returns false if the message is under way already: the broker has sent it again while it waits or is being handled.
func (in *intake) claim(id uint64) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if _, taken := in.underWay[id]; taken {
		return false
	}
	in.underWay[id] = struct{}{}
	return true
}

func (in *intake) release(id uint64) {
	in.mu.Lock()
	defer in.mu.Unlock()
	delete(in.underWay, id)
}

// fail counts one more failure of the message and returns how many there are. The broker's own count will not do: it also
// counts deliveries that reached nobody, and those that failed because a dependency was away.
func (in *intake) fail(id uint64) int {
	const most = 10_000 // messages that failed here and were handled by another member are never forgotten one by one
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.failures) >= most {
		clear(in.failures)
	}
	in.failures[id]++
	return in.failures[id]
}

func (in *intake) forget(id uint64) {
	in.mu.Lock()
	defer in.mu.Unlock()
	delete(in.failures, id)
}

// forgetAll is for a new connection: a broker that lost its store gives the same ids to other messages.
func (in *intake) forgetAll() {
	in.mu.Lock()
	defer in.mu.Unlock()
	clear(in.failures)
}
