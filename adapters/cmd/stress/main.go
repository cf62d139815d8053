// Command stress puts load on a running system, and exits with status 1 if the load broke something.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/gittix/ticketing/adapters/stress"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends it at once
	os.Exit(stress.Command(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
