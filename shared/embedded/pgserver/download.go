package pgserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"

	embedded "github.com/fergusstrange/embedded-postgres"

	"github.com/gittix/ticketing/shared/embedded/program"
)

// downloadVersion is what is fetched where no PostgreSQL is installed.
const downloadVersion = embedded.V18

// downloadDir is where downloaded programs are kept for the next time.
func downloadDir() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(cache, "ticketing", "postgres-"+string(downloadVersion)), nil
}

// download fetches PostgreSQL's programs (about 30 MB) into the user's cache
// and returns their folder. The library that does it checks the archive's
// SHA-256 and proves it by a first run; it cannot be canceled. It is fetched from where the library takes it, unless
// from names another repository.
//
// Errors: ErrNotInstalled with the cause. Root always gets it: the library does not run as root.
func download(ctx context.Context, from string, log *slog.Logger) (string, error) {
	if os.Geteuid() == 0 {
		return "", ErrNotInstalled
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	target, err := downloadDir()
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNotInstalled, err)
	}
	log.Info("PostgreSQL is not installed: downloading it", "version", downloadVersion, "to", target)
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return "", fmt.Errorf("%w: %w", ErrNotInstalled, err)
	}
	// Unpacked aside and renamed: several processes may do this at once.
	aside, err := os.MkdirTemp(filepath.Dir(target), "download-")
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNotInstalled, err)
	}
	err = fetch(ctx, from, aside)
	if err == nil {
		err = os.Rename(filepath.Join(aside, "programs"), target)
		if errors.Is(err, os.ErrExist) || errors.Is(err, syscall.ENOTEMPTY) {
			err = nil // another process was quicker
		}
	}
	if err := errors.Join(err, os.RemoveAll(aside)); err != nil {
		return "", fmt.Errorf("%w; its download failed: %w", ErrNotInstalled, err)
	}
	return filepath.Join(target, "bin"), nil
}

func fetch(ctx context.Context, from, aside string) error {
	port, err := program.FreePort(ctx)
	if err != nil {
		return err
	}
	config := embedded.DefaultConfig().
		Version(downloadVersion).
		BinariesPath(filepath.Join(aside, "programs")).
		CachePath(filepath.Join(aside, "archive")).
		RuntimePath(filepath.Join(aside, "run")).
		DataPath(filepath.Join(aside, "data")).
		Port(uint32(port)). //nolint:gosec // a port
		StartParameters(map[string]string{"unix_socket_directories": "", "listen_addresses": "127.0.0.1"}).
		Logger(io.Discard)
	if from != "" {
		config = config.BinaryRepositoryURL(from)
	}
	server := embedded.NewDatabase(config)
	if err := server.Start(); err != nil {
		return err
	}
	return server.Stop()
}
