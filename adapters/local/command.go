package local

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"time"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/outbox"
	"github.com/gittix/ticketing/shared/telemetry"
)

const usage = `usage: ticketing [command]

  run                               run the whole system (the default)
  migrate                           bring every database up to date
  deadletters list                  show the events that a consumer could not handle
  deadletters replay [ID ...]       give them (all, or those) to their consumer again
  outbox replay --since 2h          send again the events of the last two hours (or since an RFC 3339 time)
  demo [--users N] [--tickets N]    fill the place with users and tickets, and sell one

The commands act on the system that runs on DATA_DIR, or else on what the settings name.
deadletters and outbox take --service NAME to act on one service only.
`

var errUsage = errors.New("unknown command")

// Command runs the command that args name until it is done or ctx ends.
func Command(ctx context.Context, args []string, values config.Values, out io.Writer) error {
	name := "run"
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	if name == "deadletters" || name == "outbox" {
		if len(args) == 0 {
			return fmt.Errorf("%w: %s\n\n%s", errUsage, name, usage)
		}
		name, args = name+" "+args[0], args[1:]
	}
	o := operator{values: values, out: out}
	flags := flag.NewFlagSet("ticketing "+name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.service, "service", "", "")
	flags.StringVar(&o.since, "since", "", "")
	flags.IntVar(&o.users, "users", 5, "")
	flags.IntVar(&o.tickets, "tickets", 20, "")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("%w\n\n%s", err, usage)
	}
	o.args = flags.Args()
	command, ok := map[string]func(context.Context) error{
		"run":                o.run,
		"migrate":            o.migrate,
		"deadletters list":   o.listDeadLetters,
		"deadletters replay": o.replayDeadLetters,
		"outbox replay":      o.replayOutbox,
		"demo":               o.demo,
	}[name]
	if !ok {
		return fmt.Errorf("%w: %s\n\n%s", errUsage, name, usage)
	}
	return command(ctx)
}

// operator carries out one command.
type operator struct {
	values         config.Values
	out            io.Writer
	args           []string
	service, since string
	users, tickets int
}

func (o operator) run(ctx context.Context) error {
	values := config.Values{"LOG_LEVEL": "WARN"}.With(o.values)
	settings, err := config.Parse[Settings](values)
	if err != nil {
		return err
	}
	log := telemetry.NewLogger(os.Stderr, settings.Process.LogLevel, true)
	s, err := Start(ctx, values, log)
	if err != nil {
		return err
	}
	err = s.announce()
	if err == nil {
		s.AwaitReady(ctx)
		err = s.Banner(o.out)
	}
	if err == nil {
		select {
		case <-ctx.Done():
		case err = <-s.server.Failed():
		}
	}
	fmt.Fprintln(o.out, "stopping")
	return errors.Join(err, os.Remove(runningFile(settings.DataDir)), s.Stop())
}

// with calls fn with each service (or the one that was named), connected to what the running system uses.
func (o operator) with(ctx context.Context, fn func(function.Service) error) (err error) {
	settings, err := config.Parse[Settings](o.values)
	if err != nil {
		return err
	}
	values := o.values
	if r, ok := attach(ctx, settings.DataDir); ok {
		values = values.With(r.Settings)
	}
	s, err := assemble(ctx, values, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	known := o.service == ""
	for _, service := range s.services {
		if o.service != "" && o.service != service.Name {
			continue
		}
		known = true
		if err := service.Start(ctx); err != nil {
			return fmt.Errorf("%s: %w", service.Name, err)
		}
		if err := fn(service); err != nil {
			return fmt.Errorf("%s: %w", service.Name, err)
		}
	}
	if !known {
		return fmt.Errorf("there is no service %q", o.service)
	}
	return nil
}

func (o operator) migrate(ctx context.Context) error {
	return o.with(ctx, func(s function.Service) error {
		_, err := fmt.Fprintf(o.out, "%-10s is up to date\n", s.Name)
		return err
	})
}

func (o operator) listDeadLetters(ctx context.Context) error {
	return o.eachLetter(ctx, func(s function.Service, l function.DeadLetter) error {
		_, err := fmt.Fprintf(o.out, "%s %d  %s  %s\n    %s\n    %s\n", s.Name, l.ID, l.At.UTC().Format(time.RFC3339), l.Function, l.Reason, l.Event)
		return err
	})
}

func (o operator) replayDeadLetters(ctx context.Context) error {
	wanted := map[int64]bool{}
	for _, arg := range o.args {
		id, err := strconv.ParseInt(arg, 10, 64)
		if err != nil {
			return fmt.Errorf("%q is not the id of a dead letter", arg)
		}
		wanted[id] = true
	}
	if len(wanted) > 0 && o.service == "" {
		return errors.New("an id needs its --service")
	}
	var failed int
	err := o.eachLetter(ctx, func(s function.Service, l function.DeadLetter) error {
		if len(wanted) > 0 && !wanted[l.ID] {
			return nil
		}
		result := "replayed"
		if err := s.Replay(ctx, l); err != nil {
			failed++
			result = "failed again: " + err.Error()
		}
		_, err := fmt.Fprintf(o.out, "%s %d  %s  %s\n", s.Name, l.ID, l.Function, result)
		return err
	})
	if err == nil && failed > 0 {
		return fmt.Errorf("%d dead letters failed again and are kept", failed)
	}
	return err
}

func (o operator) eachLetter(ctx context.Context, fn func(function.Service, function.DeadLetter) error) error {
	return o.with(ctx, func(s function.Service) error {
		for after := int64(0); s.DeadLetters != nil; {
			letters, err := s.DeadLetters.List(ctx, after, 100)
			if err != nil || len(letters) == 0 {
				return err
			}
			for _, l := range letters {
				if err := fn(s, l); err != nil {
					return err
				}
				after = l.ID
			}
		}
		return nil
	})
}

func (o operator) replayOutbox(ctx context.Context) error {
	since, err := time.Parse(time.RFC3339, o.since)
	if err != nil {
		ago, err := time.ParseDuration(o.since)
		if err != nil || ago <= 0 {
			return errors.New("--since needs a duration such as 2h, or a time such as 2026-01-02T15:04:05Z")
		}
		since = time.Now().Add(-ago)
	}
	return o.with(ctx, func(s function.Service) error {
		source, ok := s.Outbox.(outbox.Replayer)
		if !ok {
			return nil
		}
		n, err := source.Replay(ctx, since)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(o.out, "%-10s %d events will be sent again\n", s.Name, n)
		return err
	})
}
