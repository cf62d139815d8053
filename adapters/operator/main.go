package operator

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

// Main gives the command of the process's arguments to one service, made of the process's settings, and ends
// the process with status 1 if it fails.
func Main(build function.New) {
	config.Main(func(ctx context.Context, values config.Values) error {
		command, err := Parse(os.Args[1:])
		if err != nil {
			return fmt.Errorf("%w\n\nusage: %s [command]; without one it serves\n\n%s", err, filepath.Base(os.Args[0]), Usage)
		}
		service, err := function.Open(build, values)
		if err != nil {
			return err
		}
		defer service.Stop()
		return command.Run(ctx, []function.Service{service}, os.Stdout, os.Stderr)
	})
}
