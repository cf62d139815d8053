// Package operator is the commands that an operator may give to a service: bring its database up to date, show and
// repeat the events that its consumers could not handle, and send events again.
//
// Its promises: a command acts on the service's own database (or Redis) alone, beside processes of the
// service that run, and needs no bus: events that are to be sent again are left to those that relay. A
// command that is given twice, or broken off, does no harm.
package operator

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/securitylog"
	"github.com/gittix/ticketing/shared/telemetry"
)

// Usage lists the commands.
const Usage = `  migrate                           bring the database up to date
  deadletters groups                count the events that a consumer could not handle, by consumer and reason
  deadletters list [ID ...]         show them
  deadletters replay [ID ...]       give them to their consumer again, in order; --failures 10: how many end it;
                                    --unsigned: also those that were kept before events were signed
  deadletters discard [ID ...]      remove them for good
                                    All four: --consumer NAME and --reason TEXT, a part of it, choose; replay and
                                    discard: --dry-run says what they would do.
  sessions end EMAIL                end all sessions of a user, by e-mail address or id; --all: of every user
  outbox replay --since 2h          send again the events of the last two hours (or since an RFC 3339 time); --until 1h: not of the last one
  restore begin                     first, after databases were restored from backups
  restore announce --since 9h       then: send what others copy, and all events since before the oldest of the backups
  restore end --since 9h [--yes]    last: find what was lost, and, with --yes, set it right; --anyway: though most of it looks lost
`

// limit is the time that a command may take with one service: `kubectl exec` that is interrupted leaves its
// program running.
const limit = 10 * time.Minute

// Command is an operator's command with its arguments.
type Command struct {
	name    string
	act     func(context.Context, function.Service, io.Writer) error
	service string // the only one to act on; empty: all
	needs   need   // what a service must have; others are left out
}

// Parse reads a command. With names of services it may be given --service, to act on one of them only.
// Errors: a command that is unknown or malformed.
func Parse(args []string, services ...string) (Command, error) {
	words := min(2, len(args))
	if words > 0 && args[0] == "migrate" {
		words = 1
	}
	name := strings.Join(args[:words], " ")
	c := Command{name: name}
	var in span
	var all, yes, anyway bool
	var dead deadLetters
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	if len(services) > 0 {
		flags.Func("service", "", func(text string) error { // empty where a script's variable is: that must not mean every service
			if c.service = text; !slices.Contains(services, text) {
				return fmt.Errorf("there is no service %q", text)
			}
			return nil
		})
	}
	spans := name == "outbox replay" || name == "restore announce" || name == "restore end"
	if spans {
		in.define(flags, name)
	}
	if name == "restore end" {
		flags.BoolVar(&yes, "yes", false, "")
		flags.BoolVar(&anyway, "anyway", false, "")
	}
	if words > 0 && args[0] == "deadletters" {
		dead.define(flags, name)
	}
	if name == "sessions end" {
		flags.BoolVar(&all, "all", false, "")
	}
	err := flags.Parse(args[words:])
	if err == nil && spans {
		err = in.check()
	}
	if err != nil {
		return c, err
	}
	switch name {
	case "migrate":
		c.act, c.needs = migrate, stored
	case "deadletters groups", "deadletters list", "deadletters replay", "deadletters discard":
		c.act, err = dead.parse(name, flags.Args())
		if len(dead.ids) > 0 && len(services) > 0 && c.service == "" {
			err = errors.New("an id needs its --service")
		}
		c.needs = letters
		return c, err
	case "sessions end":
		who := strings.TrimSpace(flags.Arg(0)) // empty where a script's variable is: that must not mean every user
		if flags.NArg() > 1 || all == (who != "") || all != (flags.NArg() == 0) {
			err = errors.New("sessions end needs an e-mail address or an id, or --all")
		}
		c.act, c.needs = endSessions(who), sessions
		return c, err
	case "outbox replay":
		c.act, c.needs = sendAgain(in), sent
	case "restore begin":
		c.act, c.needs = beginRestore, restorable
	case "restore announce":
		c.act, c.needs = announce(in.since), restorable
	case "restore end":
		c.act, c.needs = endRestore(in.since, yes, anyway), restorable
	default:
		err = fmt.Errorf("unknown command: %s", strings.Join(args, " "))
	}
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("%s takes no %q", name, flags.Arg(0))
	}
	return c, err
}

// Run starts each service that has what the command is about, acts on it and writes what came of it. One that fails does
// not keep back the others. The security log says on errs that the command was given.
//
// Errors: also that none of the services has it.
func (c Command) Run(ctx context.Context, services []function.Service, out, errs io.Writer) error {
	ctx = securitylog.NewContext(ctx, securitylog.Log{Logger: telemetry.NewLogger(errs, slog.LevelInfo, false)})
	var failed []error
	services = slices.DeleteFunc(slices.Clone(services), func(s function.Service) bool { return c.service != "" && c.service != s.Name })
	having := slices.DeleteFunc(slices.Clone(services), func(s function.Service) bool { return !c.needs.of(s) })
	if len(having) == 0 && len(services) > 0 {
		return fmt.Errorf("%s does not apply to %s: it keeps no %s", c.name, services[0].Name, c.needs.what)
	}
	for _, s := range having {
		if err := c.runOn(ctx, s, out); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", s.Name, err))
		}
	}
	return errors.Join(failed...)
}

func (c Command) runOn(ctx context.Context, s function.Service, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	securitylog.Note(ctx, securitylog.OperatorAction, slog.String("service", s.Name), slog.String("command", c.name))
	if err := s.Start(ctx); err != nil {
		return err
	}
	return c.act(ctx, s, out)
}
