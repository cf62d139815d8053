package auth

import (
	"context"
	"errors"
	"runtime"
	"sync"

	"github.com/gittix/ticketing/shared/apierror"
)

// How many may wait for each of the two kinds of work. A hash takes some 30 ms: whoever would wait for seconds is better
// told to come back.
const (
	waitingSignIns = 32
	waitingSignUps = 16
)

var errQueueFull = errors.New("auth: too many passwords are being hashed")

// queue is the line for hashing a password. Whoever finds it full is refused at once.
type queue struct {
	places chan struct{}   // for those who wait or work
	slots  []chan struct{} // that one needs to work, in this order
}

// newQueues returns the lines of sign-ins and of sign-ups. Together at most one password per processor is hashed at a time, which
// bounds memory to 19 MiB each; of these slots sign-ups never take the last, so that a flood of them leaves sign-ins alone.
func newQueues() (signIns, signUps queue) {
	n := max(runtime.GOMAXPROCS(0), 2)
	all, some := make(chan struct{}, n), make(chan struct{}, n-1)
	return queue{make(chan struct{}, n+waitingSignIns), []chan struct{}{all}},
		queue{make(chan struct{}, n-1+waitingSignUps), []chan struct{}{some, all}}
}

// enter waits for its turn; leave ends it.
// Errors: apierror.Unavailable when the line is full, or ctx ends before its turn comes.
func (q queue) enter(ctx context.Context) (leave func(), err error) {
	select {
	case q.places <- struct{}{}:
	default:
		return nil, apierror.Unavailable(errQueueFull)
	}
	held := []chan struct{}{q.places}
	leave = sync.OnceFunc(func() {
		for _, c := range held {
			<-c
		}
	})
	for _, slot := range q.slots {
		select {
		case slot <- struct{}{}:
			held = append(held, slot)
		case <-ctx.Done():
			leave()
			return nil, apierror.Unavailable(context.Cause(ctx))
		}
	}
	return leave, nil
}
