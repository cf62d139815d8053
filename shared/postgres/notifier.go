package postgres

import (
	"context"
	"sync"
	"time"
)

// notifyWithin is for one notification.
const notifyWithin = time.Second

// notifier notifies the relays of other processes of new events, where this one does not relay: after the change is committed, since NOTIFY
// takes a lock of the whole server at the commit; once for all changes that were committed while the notification before was under way;
// and on a connection that no change uses. One that fails is not tried again: relays poll.
type notifier struct {
	db *DB

	mu      sync.Mutex
	pending bool          // there are events of which no notification has begun
	done    chan struct{} // closed when there is none and no notification is under way; nil: so it is
}

// notify has a notification sent, and does not wait for it.
func (n *notifier) notify() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.pending = true
	if n.done == nil {
		n.done = make(chan struct{})
		go n.run()
	}
}

func (n *notifier) run() {
	for n.next() {
		ctx, cancel := context.WithTimeout(context.Background(), notifyWithin)
		_, _ = n.db.pool.Exec(ctx, `NOTIFY outbox`) // else relays poll
		cancel()
	}
}

// next reports whether a notification is to be sent now.
func (n *notifier) next() (pending bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	pending, n.pending = n.pending, false
	if !pending {
		close(n.done)
		n.done = nil
	}
	return pending
}

// wait returns when all notifications are sent, or ctx ends.
func (n *notifier) wait(ctx context.Context) {
	n.mu.Lock()
	done := n.done
	n.mu.Unlock()
	if done == nil {
		return
	}
	select {
	case <-done:
	case <-ctx.Done():
	}
}
