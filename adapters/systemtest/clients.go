package systemtest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// How long a client tries again: what fails, and what is refused because an event is under way.
const (
	retryFailed = 10 * time.Second
	retryEarly  = 3 * time.Second
)

// Clients trade at the same time, repeatedly, and record what was confirmed to them: every 2xx answer.
type Clients struct {
	Requests atomic.Int64
	Failures atomic.Int64 // requests without an answer, or with one of 500 and above

	system  *System
	cancel  context.CancelFunc
	running sync.WaitGroup
	traders []*trader

	mu       sync.Mutex
	accounts []*User // that signed up
	failed   []Failure
	history  []Seen
	hot      [hotTickets]int32 // that Contend is about
}

// trader is a user, and the ids of what was confirmed to it. One goroutine uses it at a time.
type trader struct {
	*User
	clients                          *Clients
	offered, placed, cancelled, paid []int32
}

// Act is what a client does again and again. Its error is an answer that the contract does not allow.
type Act func(ctx context.Context, c *Clients, seller *trader, buyers []*trader) error

// StartClients lets n clients, each a seller and two buyers, repeat an act until Stop: Trade or List. An act's
// error fails the test.
func (s *System) StartClients(t testing.TB, n int, act Act) *Clients {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	c := &Clients{system: s, cancel: cancel}
	for range 3 * n {
		c.traders = append(c.traders, &trader{User: s.User(t), clients: c})
	}
	for three := range slices.Chunk(c.traders, 3) {
		c.running.Go(func() {
			for ctx.Err() == nil {
				if err := act(ctx, c, three[0], three[1:]); err != nil && ctx.Err() == nil {
					t.Errorf("a client got a wrong answer: %v", err)
					return
				}
			}
		})
	}
	t.Cleanup(c.Stop)
	return c
}

// Stop returns when all clients have stopped.
func (c *Clients) Stop() {
	c.cancel()
	c.running.Wait()
}

// Failure is a request without an answer, or with one of 500 and above.
type Failure struct {
	Err             error
	Asked, Answered time.Time
}

// Failed returns the requests that failed so far.
func (c *Clients) Failed() []Failure {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.failed)
}

// FirstFailure is the error of the first of Failed, or nil.
func (c *Clients) FirstFailure() error {
	if failed := c.Failed(); len(failed) > 0 {
		return failed[0].Err
	}
	return nil
}

// try makes a request, and again while it fails or is early, for a while. Done says that it succeeded; else it was
// given up, or refused with one of the expected errors.
// Errors: any other refusal; the end of ctx.
func (c *Clients) try(ctx context.Context, request func(context.Context) error, expected ...error) (done bool, err error) {
	for begun := time.Now(); ; {
		asked := time.Now()
		err := request(ctx)
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		c.Requests.Add(1)
		limit := retryFailed
		switch {
		case err == nil:
			return true, nil
		case slices.ContainsFunc(expected, func(e error) bool { return errors.Is(err, e) }):
			return false, nil
		case isEarly(err):
			limit = retryEarly
		case refused(err):
			return false, err
		default:
			c.fail(Failure{err, asked, time.Now()})
		}
		if time.Since(begun) > limit {
			return false, nil
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (c *Clients) fail(f Failure) {
	c.Failures.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed = append(c.failed, f)
}
