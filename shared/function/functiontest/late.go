package functiontest

import (
	"context"
	"log/slog"

	"github.com/gittix/ticketing/shared/function"
)

// CallLate sends a request as Call does, and calls arrive once its endpoint waits for a late copy (Awaits). It
// returns the answer, also one that came without a wait.
func (r *Run) CallLate(user int32, method, target, body string, arrive func()) Answer {
	r.t.Helper()
	answer := make(chan Answer, 1)
	go func() { answer <- r.Call(user, method, target, body) }()
	select {
	case <-r.awaiting:
		arrive()
	case a := <-answer:
		return a
	}
	return <-answer
}

// awaiting is a log that keeps nothing, and receives when an endpoint begins to wait.
type awaiting chan struct{}

func (awaiting) Enabled(context.Context, slog.Level) bool { return true }

func (a awaiting) Handle(_ context.Context, r slog.Record) error {
	if r.Message == function.Awaiting {
		select {
		case a <- struct{}{}:
		default:
		}
	}
	return nil
}

func (a awaiting) WithAttrs([]slog.Attr) slog.Handler { return a }
func (a awaiting) WithGroup(string) slog.Handler      { return a }
