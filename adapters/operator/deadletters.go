package operator

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/securitylog"
)

// deadLetters is a command about the dead letters with one of these ids, of the consumer and for the reason; all where it names none.
type deadLetters struct {
	ids      []int64
	consumer string
	reason   string // a part of it, or of its group's
	dryRun   bool
	unsigned bool // also those of before events were signed
	failures int  // that end a replay
}

// define adds the flags that a command takes.
func (d *deadLetters) define(flags *flag.FlagSet, name string) {
	filled := func(to *string) func(string) error {
		return func(text string) error { // empty where a script's variable is: that must not mean every letter
			if *to = strings.TrimSpace(text); *to == "" {
				return errors.New("it is empty")
			}
			return nil
		}
	}
	flags.Func("consumer", "", filled(&d.consumer))
	flags.Func("reason", "", filled(&d.reason))
	if name == "deadletters replay" || name == "deadletters discard" {
		flags.BoolVar(&d.dryRun, "dry-run", false, "")
	}
	if name == "deadletters replay" {
		flags.BoolVar(&d.unsigned, "unsigned", false, "")
		flags.IntVar(&d.failures, "failures", 10, "")
	}
}

// parse reads the ids and returns what the command does.
func (d *deadLetters) parse(name string, args []string) (func(context.Context, function.Service, io.Writer) error, error) {
	for _, arg := range args {
		id, err := strconv.ParseInt(arg, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is not the id of a dead letter", arg)
		}
		d.ids = append(d.ids, id)
	}
	switch name {
	case "deadletters list":
		return d.list, nil
	case "deadletters groups":
		return d.groups, nil
	case "deadletters discard":
		if len(d.ids) == 0 && d.consumer == "" && d.reason == "" {
			return nil, errors.New("deadletters discard needs ids, --consumer or --reason")
		}
		return d.discard, nil
	}
	if d.failures < 1 {
		return nil, errors.New("--failures must be at least 1")
	}
	return d.replay, nil
}

// each calls fn with each letter that the command is about. Errors: fn's; an id that no such letter has, in the end.
func (d *deadLetters) each(ctx context.Context, s function.Service, fn func(function.DeadLetter) error) error {
	missing := slices.Clone(d.ids)
	for after := int64(0); ; {
		some, err := s.DeadLetters.List(ctx, after, 100)
		if err != nil {
			return err
		}
		for _, l := range some {
			after = l.ID
			if len(d.ids) > 0 && !slices.Contains(d.ids, l.ID) || d.consumer != "" && d.consumer != l.Function ||
				!strings.Contains(l.Reason, d.reason) && !strings.Contains(common(l.Reason), d.reason) {
				continue
			}
			missing = slices.DeleteFunc(missing, func(id int64) bool { return id == l.ID })
			if err := fn(l); err != nil {
				return err
			}
		}
		switch {
		case len(some) > 0:
		case len(missing) == 0:
			return nil
		case d.consumer+d.reason != "":
			return fmt.Errorf("there is no dead letter %d of that consumer and reason", missing)
		default:
			return fmt.Errorf("there is no dead letter %d", missing)
		}
	}
}

func (d *deadLetters) list(ctx context.Context, s function.Service, out io.Writer) error {
	return d.each(ctx, s, func(l function.DeadLetter) error {
		_, err := fmt.Fprintf(out, "%s %d  %s, %s ago  %s\n    %s\n    %s\n", s.Name, l.ID, l.At.UTC().Format(time.RFC3339), age(l.At), l.Function, l.Reason, l.Event)
		return err
	})
}

// discard removes letters. The security log keeps what each was, but not what was in it.
func (d *deadLetters) discard(ctx context.Context, s function.Service, out io.Writer) error {
	return d.each(ctx, s, func(l function.DeadLetter) error {
		done := "would be discarded"
		if !d.dryRun {
			done = "discarded"
			e, _ := event.Decode(l.Event) // one that is no event is a letter, too
			securitylog.Note(ctx, securitylog.OperatorAction, slog.String("service", s.Name), slog.String("command", "deadletters discard"),
				slog.Int64("letter", l.ID), slog.String("consumer", l.Function), slog.String("type", e.Type()), slog.String("source", e.Source()),
				slog.String("subject", e.Subject()), slog.String("sequence", e.Extension("sequence")))
			if err := s.DeadLetters.Remove(ctx, l.ID); err != nil {
				return err
			}
		}
		_, err := fmt.Fprintf(out, "%s %d  %s  %s\n", s.Name, l.ID, l.Function, done)
		return err
	})
}

func age(at time.Time) time.Duration { return time.Since(at).Round(time.Second) }
