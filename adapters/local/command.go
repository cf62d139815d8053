package local

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/gittix/ticketing/adapters/operator"
	"github.com/gittix/ticketing/adapters/process"
	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/telemetry"
)

const usage = `usage: ticketing [command]

  run                               run the whole system (the default)
  demo [--users N] [--tickets N]    fill the system with users and tickets, and sell one
` + operator.Usage + `
The commands act on the system that runs on DATA_DIR, or else on what the settings name.
All but run and demo take --service NAME to act on one service only.
`

// Command runs the command that args name until it is done or ctx ends.
func Command(ctx context.Context, args []string, values config.Values, out io.Writer) error {
	if len(args) == 0 || len(args) == 1 && args[0] == "run" {
		return serve(ctx, values, out)
	}
	if args[0] == "demo" {
		d := demo{values: values, out: out}
		flags := flag.NewFlagSet("demo", flag.ContinueOnError)
		flags.SetOutput(io.Discard)
		flags.IntVar(&d.users, "users", 5, "")
		flags.IntVar(&d.tickets, "tickets", 20, "")
		if err := flags.Parse(args[1:]); err != nil {
			return fmt.Errorf("%w\n\n%s", err, usage)
		}
		return d.run(ctx)
	}
	var names []string
	for _, def := range functions.Services() {
		names = append(names, def.Name)
	}
	command, err := operator.Parse(args, names...)
	if err != nil {
		return fmt.Errorf("%w\n\n%s", err, usage)
	}
	return operate(ctx, command, values, out)
}

func serve(ctx context.Context, values config.Values, out io.Writer) error {
	values = config.Values{"LOG_LEVEL": "WARN"}.With(values)
	settings, err := config.Parse[Settings](values)
	if err != nil {
		return err
	}
	log := telemetry.NewLogger(os.Stderr, settings.Process.LogLevel, true)
	s, err := Start(ctx, values, log)
	if err != nil {
		return err
	}
	s.process.Add("running.json", func(context.Context) (process.Stop, error) {
		return func(context.Context) error {
			fmt.Fprintln(out, "stopping")
			return os.Remove(runningFile(settings.DataDir))
		}, s.announce()
	})
	if err := s.process.Start(ctx); err != nil {
		return err
	}
	s.AwaitReady(ctx)
	if err := s.banner(out); err != nil {
		s.process.Fail(err)
	}
	return s.process.Run(ctx)
}

// operate runs an operator's command on the services, connected to what the running system uses.
func operate(ctx context.Context, command operator.Command, values config.Values, out io.Writer) (err error) {
	settings, err := config.Parse[Settings](values)
	if err != nil {
		return err
	}
	r, ok := attach(ctx, settings.DataDir)
	if ok {
		values = values.With(r.Settings)
	}
	s, err := assemble(ctx, values, r.URL, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() {
		for _, service := range s.services {
			service.Stop()
		}
		err = errors.Join(err, s.Stop())
	}()
	return command.Run(ctx, s.services, out, os.Stderr)
}
