package functiontest

import (
	"context"
	"log/slog"
	"sync"

	"github.com/gittix/ticketing/shared/function"
)

// CallLate sends a request as Call does, and calls arrive once its endpoint waits for a late copy (Awaits). It
// returns the answer, also one that came without a wait.
func (r *Run) CallLate(user int32, method, target, body string, arrive func()) Answer {
	r.t.Helper()
	answer := make(chan Answer, 1)
	go func() { answer <- r.Call(user, method, target, body) }()
	select {
	case <-r.journal.awaiting:
		arrive()
	case a := <-answer:
		return a
	}
	return <-answer
}

// journal is a log that counts messages, and knows when an endpoint begins to wait.
type journal struct {
	awaiting chan struct{}
	mu       sync.Mutex
	counts   map[string]int
}

// Logged returns how often the service has logged a message.
func (r *Run) Logged(message string) int {
	r.journal.mu.Lock()
	defer r.journal.mu.Unlock()
	return r.journal.counts[message]
}

func (j *journal) Enabled(context.Context, slog.Level) bool { return true }

func (j *journal) Handle(_ context.Context, r slog.Record) error {
	j.mu.Lock()
	j.counts[r.Message]++
	j.mu.Unlock()
	if r.Message == function.Awaiting {
		select {
		case j.awaiting <- struct{}{}:
		default:
		}
	}
	return nil
}

func (j *journal) WithAttrs([]slog.Attr) slog.Handler { return j }
func (j *journal) WithGroup(string) slog.Handler      { return j }
