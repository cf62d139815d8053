package simulation

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing/synctest"
	"time"
)

// task is one piece of work of a process: a request, an event, a relay's batch, a run of a schedule. It stops before each of its
// effects, and goes on when the scheduler says so.
type task struct {
	name    string
	process *process
	fault   fault
	cancel  context.CancelFunc
	locked  atomic.Int32 // statements that met a lock

	mu      sync.Mutex
	waiting []*effect
	began   int    // effects so far
	hit     string // the effect that the fault has hit; "": none yet
	round   int    // grows with each effect that is let go: those that wait since the same round came at once
	over    bool
	result  string // what became of it, for the story
}

// effect is what a task is about to do: a statement, a call of Stripe, an event for the bus, an answer.
type effect struct {
	what  string
	since int
	goOn  chan error
}

type taskKey struct{}

// Errors that a task meets instead of its effect.
var (
	errCrashed = errors.New("simulation: the process has crashed")
	errLost    = errors.New("simulation: the call was lost")
)

// begin starts work of a process, which stops before its first effect. finish is the last effect: the answer, or the acknowledgment.
func (w *world) begin(p *process, name string, f fault, work func(context.Context) (result string), finish func()) *task {
	ctx, cancel := context.WithCancel(context.Background())
	t := &task{name: name, process: p, fault: f, cancel: cancel}
	w.tasks = append(w.tasks, t)
	go func() {
		result := work(context.WithValue(ctx, taskKey{}, t))
		if kind, err := t.reach("its answer", lost, unanswered); err != nil || kind != "" {
			result = "its answer is lost: " + result
		} else if finish != nil {
			finish()
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		t.over, t.result = true, result
		cancel()
	}()
	return t
}

// reach stops until the scheduler lets this effect happen. It returns what goes wrong with it, of what can. Errors: errCrashed, errLost.
func (t *task) reach(what string, can ...string) (kind string, err error) {
	t.mu.Lock()
	if t.process.crashed.Load() {
		t.mu.Unlock()
		return "", errCrashed
	}
	e := &effect{what: what, since: t.round, goOn: make(chan error, 1)}
	t.waiting = append(t.waiting, e)
	t.mu.Unlock()
	if err := <-e.goOn; err != nil {
		return "", err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.began++; t.hit != "" || t.began < t.fault.at || !slices.Contains(can, t.fault.kind) {
		return "", nil
	}
	t.hit = what
	if t.fault.kind == lost {
		return lost, errLost
	}
	return t.fault.kind, nil
}

// next takes an effect that waits: the which-th of those that have waited longest, or nil.
func (t *task) next(which int) *effect {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.waiting) == 0 {
		return nil
	}
	slices.SortStableFunc(t.waiting, func(a, b *effect) int { return cmp.Or(a.since-b.since, cmp.Compare(a.what, b.what)) })
	i := which % len(t.waiting)
	e := t.waiting[i]
	t.waiting = slices.Delete(t.waiting, i, i+1)
	t.round++
	return e
}

// first names what the task is about to do.
func (t *task) first() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.waiting) == 0 {
		return "what another one holds"
	}
	return t.waiting[0].what
}

// isOver reports whether a task has ended, with all that it has begun.
func (t *task) isOver() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.over && len(t.waiting) == 0
}

// run lets a task go on for so many effects, or to its end for 0. Where it cannot, because it waits for time or for another
// task, time passes, or the oldest of the others goes on.
func (w *world) run(t *task, effects, which int) {
	idle := 0
	for done := 0; ; {
		synctest.Wait()
		if t.isOver() || effects > 0 && done == effects {
			return
		}
		if w.allow(t, which) {
			done++
			if t.locked.Load() >= 2 { // its second try met a lock, too
				t.locked.Store(0)
				w.help(t)
			}
			continue
		}
		if idle++; idle%4 == 0 {
			w.help(t)
		}
		if idle > 100 {
			w.violate("%s is stuck before %s", t.name, t.first())
			return
		}
		time.Sleep(min(time.Duration(idle)*50*time.Millisecond, 2*time.Second))
	}
}

// allow lets one effect of a task happen, and reports whether there was one.
func (w *world) allow(t *task, which int) bool {
	e := t.next(which)
	if e != nil {
		w.changed = w.changed || !strings.HasPrefix(e.what, "SELECT") && e.what != "ROLLBACK"
		w.setClock(t.process.service)
		e.goOn <- nil
	}
	return e != nil
}

// help lets the oldest task but one go on, to its end or until it cannot.
func (w *world) help(but *task) {
	for _, t := range w.tasks {
		if t != but && !t.isOver() {
			for range 100 {
				if synctest.Wait(); !w.allow(t, 0) {
					break
				}
			}
			return
		}
	}
}
