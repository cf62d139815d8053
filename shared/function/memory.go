package function

import (
	"context"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/gittix/ticketing/shared/apierror"
)

// What one request may hold, in bytes, as most do. What is above that is counted.
const (
	smallBody   = 32 << 10 // of a body that arrives
	smallAnswer = 32 << 10 // of an answer that is sent, and may be read slowly
)

// listWait is how long a long list waits for its turn.
const listWait = time.Second

// memory bounds the bytes that the requests of a gate hold. For each request that may run there are 64 KiB of bodies and answers
// that are not small, and 128 KiB that the handlers of lists work with. Of every four that run, one may be a long list that waits
// for room. What is larger than all of the room takes all of it.
type memory struct {
	room    *semaphore.Weighted // bytes of bodies and answers
	lists   *semaphore.Weighted // bytes of lists
	waiting *semaphore.Weighted // requests that wait for room
	most    int64               // bytes of room
}

// newMemory returns the room of n requests that run.
func newMemory(n int64) memory {
	return memory{
		room:    semaphore.NewWeighted(n * 64 << 10),
		lists:   semaphore.NewWeighted(n * 128 << 10),
		waiting: semaphore.NewWeighted((n + 3) / 4),
		most:    n * 64 << 10,
	}
}

// hold counts bytes that stay until the request has ended. Errors: errBusy.
func (a *admission) hold(bytes int64) error {
	bytes = min(bytes, a.memory.most-a.held)
	if !a.memory.room.TryAcquire(bytes) {
		return errBusy
	}
	a.held += bytes
	return nil
}

// ReserveAnswer reserves memory for an answer of so many bytes to the request of ctx, until it is sent: a client may read it slowly.
// Errors: 503, if the service holds too much already. The answer is then to be dropped.
func ReserveAnswer(ctx context.Context, bytes int) error {
	a, ok := ctx.Value(admissionKey{}).(*admission)
	if !ok || bytes <= smallAnswer {
		return nil
	}
	return a.hold(max(int64(bytes)-a.held, 0)) // what it holds already counts
}

// lister is a request for many things.
type lister interface {
	size() int64   // bytes of the usual answer
	weight() int64 // bytes that the handler works with, at most
}

// reserve waits until there is room for the answer of a lister. It waits before anything is done, so that no work is lost; those that
// ask for little do not wait for those that ask for much and read slowly.
func reserve(ctx context.Context, in any) error {
	a, ok := ctx.Value(admissionKey{}).(*admission)
	l, lists := in.(lister)
	if !ok || !lists {
		return nil
	}
	if size := min(l.size(), a.memory.most); size > smallAnswer {
		return a.holdInTurn(ctx, size)
	}
	return nil
}

// work waits until there is room for the work of a lister, and returns what ends it.
func work(ctx context.Context, in any) (end func(), err error) {
	a, ok := ctx.Value(admissionKey{}).(*admission)
	l, lists := in.(lister)
	if !ok || !lists {
		return func() {}, nil
	}
	weight := min(l.weight(), 2*a.memory.most)
	if err := a.memory.lists.Acquire(ctx, weight); err != nil {
		return nil, apierror.Overloaded(err)
	}
	return func() { a.memory.lists.Release(weight) }, nil
}

// holdInTurn waits to hold bytes, unless too many wait already. Errors: errBusy.
func (a *admission) holdInTurn(ctx context.Context, bytes int64) error {
	if !a.memory.waiting.TryAcquire(1) {
		return errBusy
	}
	defer a.memory.waiting.Release(1)
	ctx, cancel := context.WithTimeout(ctx, listWait)
	defer cancel()
	if err := a.memory.room.Acquire(ctx, bytes); err != nil {
		return errBusy
	}
	a.held += bytes
	return nil
}
