package operator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/outbox"
)

// need is what a service must have for a command.
type need struct {
	what string
	of   func(function.Service) bool
}

var (
	letters  = need{"dead letters", func(s function.Service) bool { return s.DeadLetters != nil }}
	sessions = need{"sessions", func(s function.Service) bool { return s.EndSessions != nil }}
	stored   = need{"data", func(s function.Service) bool { return s.Outbox != nil || s.DeadLetters != nil }}
	sent     = need{"events that it has sent", func(s function.Service) bool { _, ok := s.Outbox.(outbox.Replayer); return ok }}
)

// migrate has nothing left to do: the service's start migrates.
func migrate(_ context.Context, s function.Service, out io.Writer) error {
	_, err := fmt.Fprintf(out, "%-10s is up to date\n", s.Name)
	return err
}

// endSessions ends all sessions of a user, or of every user for "".
func endSessions(who string) func(context.Context, function.Service, io.Writer) error {
	return func(ctx context.Context, s function.Service, out io.Writer) error {
		n, err := s.EndSessions(ctx, who)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "%-10s ended the sessions of %d users\n", s.Name, n)
		return err
	}
}

// sendAgain marks what the service has stored in that time as unsent.
func sendAgain(since, until time.Time) func(context.Context, function.Service, io.Writer) error {
	return func(ctx context.Context, s function.Service, out io.Writer) error {
		n, err := s.Outbox.(outbox.Replayer).Replay(ctx, since, until)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "%-10s %d events will be sent again\n", s.Name, n)
		return err
	}
}

// parseTime reads what a flag says: a time, or how long ago it was.
func parseTime(flag, text string) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	ago, err := time.ParseDuration(text)
	if err != nil || ago <= 0 {
		return time.Time{}, errors.New(flag + " needs a duration such as 2h, or a time such as 2026-01-02T15:04:05Z")
	}
	return time.Now().Add(-ago), nil
}
