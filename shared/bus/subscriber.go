package bus

import "sync"

// subscriber is a subscription at work: it bounds the handlers, knows which messages are under way, and counts failures.
// It outlives connections, since handlers do.
type subscriber struct {
	Subscription
	slots    chan struct{} // one token per running handler
	consumer Consumer      // nil while not live; guarded by Bus.mu

	mu       sync.Mutex
	underWay map[uint64]struct{}
	failures map[uint64]int
}

func newSubscriber(s Subscription, opts Options) *subscriber {
	if s.Concurrency == 0 {
		s.Concurrency = opts.Concurrency
	}
	return &subscriber{
		Subscription: s,
		slots:        make(chan struct{}, s.Concurrency),
		underWay:     map[uint64]struct{}{},
		failures:     map[uint64]int{},
	}
}

// claim returns false if the message is under way already: the broker has sent it again while it waits or is being handled.
func (sub *subscriber) claim(id uint64) bool {
	sub.mu.Lock()
	defer sub.mu.Unlock()
	if _, taken := sub.underWay[id]; taken {
		return false
	}
	sub.underWay[id] = struct{}{}
	return true
}

func (sub *subscriber) release(id uint64) {
	sub.mu.Lock()
	defer sub.mu.Unlock()
	delete(sub.underWay, id)
}

// fail counts one more failure of the message and returns how many there are. The broker's own count will not do: it also
// counts deliveries that reached no member, and those that failed because a dependency was unavailable.
func (sub *subscriber) fail(id uint64) int {
	const most = 10_000 // messages that failed here and were handled by another member are never forgotten one by one
	sub.mu.Lock()
	defer sub.mu.Unlock()
	if len(sub.failures) >= most {
		clear(sub.failures)
	}
	sub.failures[id]++
	return sub.failures[id]
}

func (sub *subscriber) forget(id uint64) {
	sub.mu.Lock()
	defer sub.mu.Unlock()
	delete(sub.failures, id)
}

// forgetAll is for a new connection: a broker that lost its store gives the same ids to other messages.
func (sub *subscriber) forgetAll() {
	sub.mu.Lock()
	defer sub.mu.Unlock()
	clear(sub.failures)
}
