package pgserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/gittix/ticketing/shared/embedded/program"
)

// ErrNotInstalled says that no usable PostgreSQL was found. Its text says what to do.
var ErrNotInstalled = errors.New("PostgreSQL is not installed: run .ci/install postgres, or set POSTGRES_BIN to the folder of its programs")

// places where packages put PostgreSQL without putting it on PATH.
var places = []string{
	"/usr/lib/postgresql/*/bin",
	"/usr/pgsql-*/bin",
	"/usr/libexec/postgresql*",
	"/opt/homebrew/opt/postgresql@*/bin",
	"/usr/local/opt/postgresql@*/bin",
	"/Applications/Postgres.app/Contents/Versions/*/bin",
}

// findPrograms returns the folder of initdb and postgres. For an existing
// cluster it must be of the major version that made it. The order:
// $POSTGRES_BIN, what .ci/install put into .data/tools, PATH, the
// places, newest first; and for a new cluster, when nothing is installed, a
// download.
func findPrograms(ctx context.Context, cluster string, log *slog.Logger) (string, error) {
	want, err := clusterVersion(cluster)
	if err != nil {
		return "", err
	}
	search := program.Search{Name: "postgres", Env: "POSTGRES_BIN", Also: places}
	if downloaded, err := downloadDir(); err == nil {
		search.Also = append(search.Also, filepath.Join(downloaded, "bin"))
	}
	var seen []string
	for _, path := range search.All() {
		dir := filepath.Dir(path)
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
			continue
		}
		if want == "" {
			return dir, nil
		}
		have, err := majorVersion(ctx, path)
		if err != nil {
			return "", err
		}
		if have == want {
			return dir, nil
		}
		seen = append(seen, have)
	}
	if len(seen) > 0 {
		return "", fmt.Errorf("%s was made by PostgreSQL %s, and only %s is installed: set POSTGRES_BIN to a %s, or remove the folder and its data",
			cluster, want, strings.Join(seen, ", "), want)
	}
	return download(ctx, "", log)
}

// majorVersion asks a postgres program for its version: "17" of "postgres (PostgreSQL) 17.2 (Debian …)".
func majorVersion(ctx context.Context, postgres string) (string, error) {
	text, err := exec.CommandContext(ctx, postgres, "--version").Output()
	if err != nil {
		return "", fmt.Errorf("%s --version: %w", postgres, err)
	}
	_, version, _ := strings.Cut(string(text), "(PostgreSQL) ")
	end := strings.IndexFunc(version, func(r rune) bool { return r < '0' || r > '9' })
	if end <= 0 {
		return "", fmt.Errorf("%s --version: no version in %q", postgres, text)
	}
	return version[:end], nil
}
