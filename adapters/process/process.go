// Package process is what a long-running process is, on any platform: parts that start, are ready, drain and stop.
//
// Its promises: parts start in the order in which they were added and stop in the reverse order; the first part that fails ends
// the process; a stop takes at most SHUTDOWN_TIMEOUT. A Host, which runs services, starts in any order with what they depend
// on. It is alive while the process is, and ready while its services reach their databases (those without endpoints, the bus, too). Told to stop, it turns
// unready, finishes the requests and events under way, and sends what the outboxes hold. A panic of a handler ends no process.
package process

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Stop stops a part. It returns when the part has stopped, or with an error soon after ctx ends.
type Stop = func(context.Context) error

// Part starts something and returns what stops it; nil means that nothing does.
type Part = func(context.Context) (Stop, error)

// Lifecycle is the parts of one process. Add parts, and then Run it, or Start and Close it.
type Lifecycle struct {
	Log      *slog.Logger
	timeout  time.Duration
	failed   chan error // the first failure of a part that runs
	stopping atomic.Bool

	mu      sync.Mutex
	parts   []part
	started int // that many of the parts
}

type part struct {
	name  string
	start Part
	stop  Stop // nil: nothing to stop
}

// New returns a process without parts, which takes at most timeout to stop.
func New(timeout time.Duration, log *slog.Logger) *Lifecycle {
	limitMemory(log)
	return &Lifecycle{Log: log, timeout: timeout, failed: make(chan error, 1)}
}

// Add adds a part that starts after those that were added before, and stops before them. Errors of its stop name it.
func (l *Lifecycle) Add(name string, start Part) {
	l.parts = append(l.parts, part{name: name, start: start})
}

var errStopping = errors.New("the process is stopping")

// Start starts the parts that were added since the last Start. When one fails, it stops all and returns the error. After a stop
// it starts nothing.
func (l *Lifecycle) Start(ctx context.Context) error {
	if err := l.start(ctx); err != nil {
		return errors.Join(err, l.Close())
	}
	return nil
}

func (l *Lifecycle) start(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for !l.isStopping() {
		if l.started == len(l.parts) {
			return nil
		}
		stop, err := l.parts[l.started].start(ctx)
		if err != nil {
			return err
		}
		l.parts[l.started].stop = stop
		l.started++
	}
	return errStopping
}

// Fail ends Run, because a part that runs has failed. Later failures change nothing.
func (l *Lifecycle) Fail(err error) {
	select {
	case l.failed <- err:
	default:
	}
}

// Run starts the parts, waits until ctx ends or a part fails, and stops the parts.
func (l *Lifecycle) Run(ctx context.Context) error {
	if err := l.Start(ctx); err != nil {
		return err
	}
	var failed error
	select {
	case <-ctx.Done():
	case failed = <-l.failed:
	}
	l.Log.Info("stopping")
	return errors.Join(failed, l.Close())
}

// Close is Stop within the time that New was given.
func (l *Lifecycle) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), l.timeout)
	defer cancel()
	return l.Stop(ctx)
}

// Stop stops the parts, last first, each within what is left of ctx. Stopped before, it does nothing.
func (l *Lifecycle) Stop(ctx context.Context) error {
	l.stopping.Store(true)
	l.mu.Lock()
	started := l.parts[:l.started]
	l.parts, l.started = nil, 0
	l.mu.Unlock()
	var errs []error
	for _, p := range slices.Backward(started) {
		if p.stop == nil {
			continue
		}
		if err := p.stop(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", p.name, err))
		}
	}
	return errors.Join(errs...)
}

// isStopping reports whether the process has been told to stop.
func (l *Lifecycle) isStopping() bool { return l.stopping.Load() }

// Closing makes a Stop of a function that knows no deadline. When ctx ends first, the function goes on until the process ends.
func Closing(fn func()) Stop {
	return func(ctx context.Context) error {
		done := make(chan struct{})
		go func() { defer close(done); fn() }()
		select {
		case <-done:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
