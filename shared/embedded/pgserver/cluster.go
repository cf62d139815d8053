package pgserver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/gittix/ticketing/shared/embedded/program"
)

// initialize makes the cluster unless there is one. It appears under its name
// only when it is complete.
func (s *Server) initialize(ctx context.Context, bin string, who *account, cluster string) error {
	version, err := clusterVersion(cluster)
	if err != nil || version != "" {
		return err
	}
	unfinished := cluster + ".new"
	if err := os.RemoveAll(unfinished); err != nil {
		return err
	}
	if err := os.Mkdir(unfinished, 0o700); err != nil {
		return err
	}
	if err := who.give(unfinished); err != nil {
		return err
	}
	args := []string{
		"--pgdata=" + who.name("cluster.new"),
		"--username=" + superuser,
		"--pwfile=" + who.name("password"),
		"--auth=scram-sha-256",
		"--encoding=UTF8",
		"--locale=" + locale(),
		"--lc-messages=C",
	}
	if !s.cfg.Durable {
		args = append(args, "--no-sync")
	}
	cmd := who.command(filepath.Join(bin, "initdb"), args...)
	if s.primary != nil {
		if cmd, err = copyOf(s.primary, who); err != nil {
			return err
		}
	}
	if err := program.Run(ctx, cmd, s.Log); err != nil {
		return fmt.Errorf("initialize %s: %w", cluster, err)
	}
	return os.Rename(unfinished, cluster)
}

// settings are the server's arguments. They win over postgresql.conf.
func (s *Server) settings(who *account, port int) []string {
	args := []string{"-D", who.name("cluster")}
	set := func(pairs ...string) {
		for _, pair := range pairs {
			args = append(args, "-c", pair)
		}
	}
	set(
		"listen_addresses=127.0.0.1",
		"port="+strconv.Itoa(port),
		"unix_socket_directories=",
		"max_connections=200",
		"shared_buffers=64MB",
		"max_wal_size=256MB",
		"timezone=GMT",
		"log_timezone=GMT",
		"jit=off", // pays off on long queries only
		// Errors go to the client that caused them. The log keeps what concerns
		// the server, and no values out of statements.
		"log_min_messages=log",
		"log_min_error_statement=panic",
		"log_error_verbosity=terse",
		"log_checkpoints=off",
		"lc_messages=C", // listen waits for a line of it
		"log_destination=stderr",
		"logging_collector=off",
	)
	if !s.cfg.Durable {
		set("fsync=off", "synchronous_commit=off", "full_page_writes=off")
		if !s.cfg.Primary {
			set("wal_level=minimal", "max_wal_senders=0")
		}
	}
	return args
}

// clusterVersion is the major version that made the cluster, such as "17";
// empty when there is no cluster.
func clusterVersion(cluster string) (string, error) {
	text, err := os.ReadFile(filepath.Join(cluster, "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return strings.TrimSpace(string(text)), err
}

// locale is one with Unicode's upper and lower case that every such system has.
func locale() string {
	if runtime.GOOS == "darwin" {
		return "en_US.UTF-8"
	}
	return "C.UTF-8"
}
