package lambda

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gittix/ticketing/shared/function"
)

// minute is the shortest time between two runs that EventBridge Scheduler knows.
const minute = time.Minute

// Scheduler runs schedules once.
type Scheduler interface {
	// RunAt has a schedule run once at a full minute, unless that is planned already.
	RunAt(ctx context.Context, schedule string, at time.Time) error
}

// planner plans when the service's schedules run next, where no clock runs them. The zero value plans nothing.
type planner struct {
	scheduler Scheduler
	schedules []function.Schedule
	log       *slog.Logger
	pause     atomic.Pointer[pause]

	mu   sync.Mutex
	runs map[string]time.Time // by this process, of each schedule the last
}

// open prepares for SCHEDULER_URL. Errors: one that cannot be used.
func (p *planner) open(a *Adapter, connect func(url string) (Scheduler, error), schedules []function.Schedule) (err error) {
	if a.settings.SchedulerURL == "" {
		return nil
	}
	if connect == nil {
		return errors.New("config: SCHEDULER_URL: this program was built without the tag lambda, and plans no schedules")
	}
	if p.scheduler, err = connect(a.settings.SchedulerURL); err != nil {
		return fmt.Errorf("config: SCHEDULER_URL: %w", err)
	}
	p.schedules, p.log, p.runs = schedules, a.runner.Log, map[string]time.Time{}
	return nil
}

// plan has each schedule run when it will have something to do, as far as it knows that (Due). The others run once after a change, at the next
// full interval.
func (p *planner) plan(ctx context.Context, changed bool) {
	if p.scheduler == nil || p.pause.Load().lasts() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	var all sync.WaitGroup
	for _, s := range p.schedules {
		if s.Due == nil && !changed {
			continue
		}
		all.Go(func() {
			every, at := max(s.Every, minute), time.Now()
			if s.Due != nil {
				due, err := dueOf(ctx, s)
				if err != nil {
					p.warn(ctx, s.Name, err)
				}
				if err != nil || due.IsZero() {
					return
				}
				every, at = minute, due
			}
			p.run(ctx, s.Name, at, every)
		})
	}
	all.Wait()
}

// dueOf asks a schedule when it is due. Errors: its own, or its panic.
func dueOf(ctx context.Context, s function.Schedule) (at time.Time, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	return s.Due(ctx)
}

// runSoon has any schedule run within two minutes: its invocation sends what the outbox holds. It reports whether one will.
func (p *planner) runSoon(ctx context.Context) bool {
	if len(p.schedules) == 0 {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	return p.run(ctx, p.schedules[0].Name, time.Now().Add(minute/2), minute)
}

// run has a schedule run at the first full interval from a time on that is still to come, and reports whether it will.
func (p *planner) run(ctx context.Context, schedule string, at time.Time, every time.Duration) bool {
	at = latest(at, time.Now().Add(minute/6)) // to plan it takes a moment
	if next := at.Truncate(every); next.Before(at) {
		at = next.Add(every)
	}
	at = at.UTC()
	p.mu.Lock()
	known := p.runs[schedule].Equal(at)
	p.mu.Unlock()
	if known {
		return true
	}
	if p.pause.Load().lasts() {
		return false
	}
	if err := p.scheduler.RunAt(ctx, schedule, at); err != nil {
		if last := p.pause.Load(); !last.lasts() { // else another run that was to be planned has failed, too
			p.pause.Store(last.next(time.Now(), err))
		}
		p.warn(ctx, schedule, err)
		return false
	}
	p.pause.Store(nil)
	p.mu.Lock()
	p.runs[schedule] = at
	p.mu.Unlock()
	return true
}

func (p *planner) warn(ctx context.Context, schedule string, err error) {
	p.log.WarnContext(ctx, "a schedule's next run is not planned", "schedule", schedule, "error", err)
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
