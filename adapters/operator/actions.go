package operator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
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

func list(ctx context.Context, s function.Service, out io.Writer) error {
	return eachLetter(ctx, s, func(l function.DeadLetter) error {
		_, err := fmt.Fprintf(out, "%s %d  %s  %s\n    %s\n    %s\n", s.Name, l.ID, l.At.UTC().Format(time.RFC3339), l.Function, l.Reason, l.Event)
		return err
	})
}

// replay repeats the dead letters with these ids, or all without any; those without a signature only if they may be unsigned.
func replay(ids []int64, unsigned bool) func(context.Context, function.Service, io.Writer) error {
	return func(ctx context.Context, s function.Service, out io.Writer) error {
		s.Signatures.Optional = unsigned
		missing, failed := slices.Clone(ids), 0
		err := eachLetter(ctx, s, func(l function.DeadLetter) error {
			if len(ids) > 0 && !slices.Contains(ids, l.ID) {
				return nil
			}
			missing = slices.DeleteFunc(missing, func(id int64) bool { return id == l.ID })
			result := "replayed"
			if err := s.Replay(ctx, l); err != nil {
				failed++
				result = "failed again: " + err.Error()
			}
			_, err := fmt.Fprintf(out, "%s %d  %s  %s\n", s.Name, l.ID, l.Function, result)
			return err
		})
		if len(missing) > 0 {
			err = errors.Join(err, fmt.Errorf("there is no dead letter %d", missing))
		}
		if failed > 0 {
			err = errors.Join(err, fmt.Errorf("%d dead letters failed again and are kept", failed))
		}
		return err
	}
}

func eachLetter(ctx context.Context, s function.Service, fn func(function.DeadLetter) error) error {
	for after := int64(0); ; {
		some, err := s.DeadLetters.List(ctx, after, 100)
		if err != nil || len(some) == 0 {
			return err
		}
		for _, l := range some {
			if err := fn(l); err != nil {
				return err
			}
			after = l.ID
		}
	}
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

// sendAgain marks what the service has stored since then as unsent.
func sendAgain(since time.Time) func(context.Context, function.Service, io.Writer) error {
	return func(ctx context.Context, s function.Service, out io.Writer) error {
		n, err := s.Outbox.(outbox.Replayer).Replay(ctx, since)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "%-10s %d events will be sent again\n", s.Name, n)
		return err
	}
}

func parseIDs(args []string) ([]int64, error) {
	var ids []int64
	for _, arg := range args {
		id, err := strconv.ParseInt(arg, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is not the id of a dead letter", arg)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func parseSince(text string) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	ago, err := time.ParseDuration(text)
	if err != nil || ago <= 0 {
		return time.Time{}, errors.New("--since needs a duration such as 2h, or a time such as 2026-01-02T15:04:05Z")
	}
	return time.Now().Add(-ago), nil
}
