package auth

import (
	"context"
	"errors"
	"runtime"

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

// join takes a place in the line, before anything else is done for a request: to refuse one must cost next to nothing.
// Errors: apierror.Overloaded when the line is full.
func (q queue) join() (*place, error) {
	select {
	case q.places <- struct{}{}:
		return &place{q.slots, []chan struct{}{q.places}}, nil
	default:
		return nil, apierror.Overloaded(errQueueFull)
	}
}

// place is one in a line.
type place struct {
	slots []chan struct{}
	held  []chan struct{}
}

// turn waits for the turn to work. Errors: apierror.Overloaded when ctx ends before.
func (p *place) turn(ctx context.Context) error {
	for _, slot := range p.slots {
		select {
		case slot <- struct{}{}:
			p.held = append(p.held, slot)
		case <-ctx.Done():
			return apierror.Overloaded(context.Cause(ctx))
		}
	}
	return nil
}

// leave gives back all that is held. To leave again changes nothing.
func (p *place) leave() {
	for _, c := range p.held {
		<-c
	}
	p.held = nil
}
