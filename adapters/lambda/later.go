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

// turn is the shortest time between two runs: EventBridge knows minutes.
const turn = time.Minute

// Scheduler runs schedules once.
type Scheduler interface {
	// RunAt has a schedule run at a full minute, unless somebody has set that already.
	RunAt(ctx context.Context, schedule string, at time.Time) error
}

// later sets when the service's schedules run next, where no clock does. The zero value sets nothing.
type later struct {
	scheduler Scheduler
	schedules []function.Schedule
	log       *slog.Logger
	pause     atomic.Pointer[pause]

	mu   sync.Mutex
	runs map[string]time.Time // by this process, of each schedule the last
}

// open prepares for SCHEDULER_URL. Errors: one that cannot be used.
func (l *later) open(a *Adapter, connect func(url string) (Scheduler, error), schedules []function.Schedule) (err error) {
	if a.settings.SchedulerURL == "" {
		return nil
	}
	if connect == nil {
		return errors.New("config: SCHEDULER_URL: this program was built without the tag lambda, and sets no schedules")
	}
	if l.scheduler, err = connect(a.settings.SchedulerURL); err != nil {
		return fmt.Errorf("config: SCHEDULER_URL: %w", err)
	}
	l.schedules, l.log, l.runs = schedules, a.runner.Log, map[string]time.Time{}
	return nil
}

// set has each schedule run when it will have something to do, or, if it does not know, at its next turn.
func (l *later) set(ctx context.Context) {
	if l.scheduler == nil || l.pause.Load().lasts() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	var all sync.WaitGroup
	for _, s := range l.schedules {
		all.Go(func() {
			every, at := max(s.Every, turn), time.Now()
			if s.Due != nil {
				due, err := dueOf(ctx, s)
				if err != nil {
					l.warn(ctx, s.Name, err)
				}
				if err != nil || due.IsZero() {
					return
				}
				every, at = turn, due
			}
			l.run(ctx, s.Name, at, every)
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

// soon has any schedule run within two minutes: its invocation sends what the outbox holds. It reports whether one will.
func (l *later) soon(ctx context.Context) bool {
	if len(l.schedules) == 0 {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	return l.run(ctx, l.schedules[0].Name, time.Now().Add(turn/2), turn)
}

// run has a schedule run at the first turn from a time on that is still to come, and reports whether it will.
func (l *later) run(ctx context.Context, schedule string, at time.Time, every time.Duration) bool {
	at = latest(at, time.Now().Add(turn/6)) // it takes a moment to be set
	if next := at.Truncate(every); next.Before(at) {
		at = next.Add(every)
	}
	at = at.UTC()
	l.mu.Lock()
	set := l.runs[schedule].Equal(at)
	l.mu.Unlock()
	if set {
		return true
	}
	if l.pause.Load().lasts() {
		return false
	}
	if err := l.scheduler.RunAt(ctx, schedule, at); err != nil {
		if p := l.pause.Load(); !p.lasts() { // else another run that was to be set has failed, too
			l.pause.Store(p.next(time.Now(), err))
		}
		l.warn(ctx, schedule, err)
		return false
	}
	l.pause.Store(nil)
	l.mu.Lock()
	l.runs[schedule] = at
	l.mu.Unlock()
	return true
}

func (l *later) warn(ctx context.Context, schedule string, err error) {
	l.log.WarnContext(ctx, "it is not set when a schedule runs next", "schedule", schedule, "error", err)
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
