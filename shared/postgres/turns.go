package postgres

import (
	"context"
	"sync"
)

// turns let those with the same key go one after the other. The zero value is ready.
type turns struct {
	mu     sync.Mutex
	queues map[any]*queue
}

type queue struct {
	free chan struct{} // holds one token while no turn is taken
	long int           // that have or want a turn
}

// take waits for the key's turn, which lasts until leave is called. Errors: ctx's.
func (t *turns) take(ctx context.Context, key any) (leave func(), err error) {
	t.mu.Lock()
	q := t.queues[key]
	if q == nil {
		if t.queues == nil {
			t.queues = map[any]*queue{}
		}
		q = &queue{free: make(chan struct{}, 1)}
		q.free <- struct{}{}
		t.queues[key] = q
	}
	q.long++
	t.mu.Unlock()
	select {
	case <-q.free:
		return func() { q.free <- struct{}{}; t.drop(key, q) }, nil
	case <-ctx.Done():
		t.drop(key, q)
		return nil, ctx.Err()
	}
}

func (t *turns) drop(key any, q *queue) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if q.long--; q.long == 0 {
		delete(t.queues, key)
	}
}
