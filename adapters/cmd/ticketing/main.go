// Command ticketing runs the whole system on one machine, and is the operator's command line.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/gittix/ticketing/adapters/local"
	"github.com/gittix/ticketing/shared/config"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	values, err := config.Load()
	if err == nil {
		err = local.Command(ctx, os.Args[1:], values, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:gocritic // nothing is left to stop
	}
}
