package pgserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/embedded/program"
)

// Standby starts a server that follows this one, which is a Primary: it answers queries and takes no writes.
//
// Errors: as Start.
func (s *Server) Standby(ctx context.Context, cfg Config) (*Server, error) {
	cfg.Primary = true
	password, err := program.Password(s.Dir)
	if err == nil {
		err = os.MkdirAll(cfg.Dir, 0o700)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(cfg.Dir, "password"), []byte(password+"\n"), 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("standby: %w", err)
	}
	return startAs(ctx, cfg, s)
}

// copyOf makes the unfinished cluster a copy of the primary's, which follows it.
func copyOf(primary *Server, who *account) (*exec.Cmd, error) {
	found := program.Search{Name: "pg_basebackup", Env: "POSTGRES_BIN", Also: places}.All()
	if len(found) == 0 {
		return nil, fmt.Errorf("%w: pg_basebackup is missing", ErrNotInstalled)
	}
	u := primary.Address("postgres", superuser, "/postgres")
	password, _ := u.User.Password()
	cmd := who.command(found[0], "--pgdata="+who.name("cluster.new"), "--write-recovery-conf", "--checkpoint=fast", "--no-sync",
		"--host="+u.Hostname(), "--port="+u.Port(), "--username="+superuser)
	cmd.Env = append(cmd.Env, "PGPASSWORD="+password)
	return cmd, nil
}

// Promote makes a standby take writes, and returns when it does.
func (s *Server) Promote(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return fmt.Errorf("promote: %w", err)
	}
	_, err = conn.Exec(ctx, `SELECT pg_promote(wait => false)`) // a statement that waits may be cancelled, where its snapshot is in the way of what is replayed
	for standby := true; standby && err == nil; {
		err = conn.QueryRow(ctx, `SELECT pg_is_in_recovery() FROM pg_sleep(0.01)`).Scan(&standby)
	}
	if err := errors.Join(err, conn.Close(ctx)); err != nil {
		return fmt.Errorf("promote: %w", err)
	}
	return nil
}

// Follow makes a server that is stopped a standby of its former standby, which was promoted. It is one when it is started.
func (s *Server) Follow(primary *Server) error {
	cluster := filepath.Join(s.Dir, "cluster")
	file, err := os.OpenFile(filepath.Join(cluster, "postgresql.auto.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("follow: %w", err)
	}
	_, err = fmt.Fprintf(file, "primary_conninfo = '%s'\n", primary.URL("postgres"))
	err = errors.Join(err, file.Close(), os.WriteFile(filepath.Join(cluster, "standby.signal"), nil, 0o600))
	if err != nil {
		return fmt.Errorf("follow: %w", err)
	}
	return nil
}
