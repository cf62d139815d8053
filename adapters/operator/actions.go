package operator

import (
	"context"
	"fmt"
	"io"

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
func sendAgain(in span) func(context.Context, function.Service, io.Writer) error {
	return func(ctx context.Context, s function.Service, out io.Writer) error {
		n, err := s.Outbox.(outbox.Replayer).Replay(ctx, in.since, in.until)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "%-10s %d events will be sent again\n", s.Name, n)
		return err
	}
}
