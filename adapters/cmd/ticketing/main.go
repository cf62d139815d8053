// Command ticketing runs the whole system on one machine, and is the operator's command line.
package main

import (
	"context"
	"os"

	"github.com/gittix/ticketing/adapters/local"
	"github.com/gittix/ticketing/shared/config"
)

func main() {
	config.Main(func(ctx context.Context, values config.Values) error {
		return local.Command(ctx, os.Args[1:], values, os.Stdout)
	})
}
