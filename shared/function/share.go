package function

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
)

// share lets requests for the same, at the same time, be answered by one run of their endpoint. A run answers those that came before it
// began, and no others: what was committed before a request was sent is in its answer.
type share struct {
	mu   sync.Mutex
	runs map[string]*runs
}

// runs are those for one thing.
type runs struct {
	now, next *sharedRun // next: nil while no request waits
}

type sharedRun struct {
	done   chan struct{}
	answer answer
	err    error
}

var errUnfinished = apierror.Unavailable(errors.New("the run that was to answer this request has failed"))

// do returns what run answers. It may be another request's run, so ctx's end does not end it; its deadline does.
func (s *share) do(ctx context.Context, key string, run func(context.Context) (answer, error)) (answer, error) {
	mine, before := s.enter(key)
	switch {
	case mine == nil:
		select {
		case <-before.done:
			return before.answer, before.err
		case <-ctx.Done():
			return answer{}, apierror.Unavailable(ctx.Err())
		}
	case before != nil:
		<-before.done
		s.begin(key)
	}
	mine.err = errUnfinished // unless it ends without a panic
	defer s.end(key, mine)
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(time.Minute)
	}
	ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), deadline)
	defer cancel()
	mine.answer, mine.err = run(ctx)
	return mine.answer, mine.err
}

// enter returns the run that the request is to do, if any, and the one to wait for: before its own, or instead.
func (s *share) enter(key string) (mine, before *sharedRun) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.runs[key]
	switch {
	case r == nil:
		mine = &sharedRun{done: make(chan struct{})}
		s.runs[key] = &runs{now: mine}
		return mine, nil
	case r.next == nil:
		r.next = &sharedRun{done: make(chan struct{})}
		return r.next, r.now
	}
	return nil, r.next
}

// begin says that the next run begins, so that who comes from now on waits for the one after it.
func (s *share) begin(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.runs[key]
	r.now, r.next = r.next, nil
}

// end says that a run has ended.
func (s *share) end(key string, run *sharedRun) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.runs[key].next == nil {
		delete(s.runs, key)
	}
	close(run.done)
}
