package operator

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

// Main gives the command of the process's arguments to one service, made of the process's settings, and ends
// the process with status 1 if it fails.
func Main(build func(config.Values) (function.Service, error)) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx, build); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:gocritic // nothing is left to stop
	}
}

func run(ctx context.Context, build func(config.Values) (function.Service, error)) error {
	program := filepath.Base(os.Args[0])
	command, err := Parse(os.Args[1:])
	if err != nil {
		return fmt.Errorf("%w\n\nusage: %s [command]; without one it serves\n\n%s", err, program, Usage)
	}
	values, err := config.Load()
	if err != nil {
		return err
	}
	service, err := build(values)
	if err != nil {
		return err
	}
	defer service.Stop()
	return command.Run(ctx, []function.Service{service}, os.Stdout)
}
