package config

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// Main calls run with the process's settings and a context that SIGTERM and SIGINT end. If it fails, or the
// settings cannot be read, Main says why on the standard error and ends the process with status 1.
func Main(run func(context.Context, Values) error) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	values, err := Load()
	if err == nil {
		err = run(ctx, values)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:gocritic // nothing is left to stop
	}
}
