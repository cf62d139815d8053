package payments

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gittix/ticketing/shared/function"
)

const (
	workers     = 16              // of each kind of work, in each process
	beginWithin = 8 * time.Second // of a run, work is begun
	errorsTold  = 5               // of a run
)

// manyAtOnce does each kind of work, many pieces at once, until there is none left (a worker reports false) or the time
// to begin with it is over. A piece that has begun has the time of an attempt, and one that panics fails alone.
func (p *Payments) manyAtOnce(ctx context.Context, kinds ...func(context.Context) (bool, error)) error {
	var (
		group sync.WaitGroup
		mu    sync.Mutex
		errs  []error
	)
	ctx, cancel := context.WithTimeout(ctx, beginWithin)
	defer cancel()
	for _, work := range kinds {
		for range workers {
			group.Go(func() {
				for more := true; more && ctx.Err() == nil; {
					piece, done := context.WithTimeout(context.WithoutCancel(ctx), p.timeout)
					err := function.Guard(piece, func() (err error) {
						more = false // unless it returns
						more, err = work(piece)
						return err
					})
					done()
					if err != nil {
						mu.Lock()
						errs = append(errs, err)
						mu.Unlock()
					}
				}
			})
		}
	}
	group.Wait()
	if untold := len(errs) - errorsTold; untold > 0 {
		errs = append(errs[:errorsTold], fmt.Errorf("and %d more", untold))
	}
	return errors.Join(errs...)
}
