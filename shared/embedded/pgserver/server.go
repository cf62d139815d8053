// Package pgserver runs a private PostgreSQL server, for a laptop and for tests.
//
// It promises: the server listens on 127.0.0.1 only, opens no Unix socket, and asks for the random password kept in
// Dir/password (mode 0600, SCRAM); a system-wide PostgreSQL, its port and its data stay untouched; the data of a Dir
// outlives Stop and, when Durable, a crash and a SIGKILL of this process; and one process at a time uses a Dir.
//
// A Dir holds cluster/ (PostgreSQL's data directory), the password, and two lock files. PostgreSQL refuses to run as
// root, so for root the server runs as the owner of an existing cluster, else as the user postgres, else as the user
// nobody, who owns cluster/ and the password but not Dir. On Linux that user needs no access to the folders above
// Dir (DATA_DIR may lie below /root): the open Dir is handed over, and the server knows it as /proc/self/fd/3. The
// programs themselves must be where that user can read.
package pgserver

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/embedded/program"
)

// startLimit bounds a start without a deadline. Recovery after a crash is what may take long.
const startLimit = 2 * time.Minute

// superuser is the role that every URL names.
const superuser = "postgres"

// Config says where and how to run the server.
type Config struct {
	Dir     string       // holds everything the server keeps; made if missing
	Port    int          // of 127.0.0.1; 0 takes a free one, kept for the server's life
	Durable bool         // false: quicker; a crash may lose the last commits, a crash of the machine everything
	Primary bool         // it may have standbys; costs some speed where it is not Durable
	Logger  *slog.Logger // nil discards
}

// Server is a PostgreSQL server, to be stopped and started again by the methods of program.Server. A Stop that comes
// too late for its context makes it crash (see Config.Durable).
type Server struct {
	*program.Server
	cfg     Config
	primary *Server // whose copy a new cluster becomes; nil: an empty one
}

// Start runs the server on cfg.Dir and returns when it answers. An empty Dir is initialized first, which takes about a
// second.
//
// Errors: program.ErrInUse when another process runs a server on Dir; ErrNotInstalled when there is no PostgreSQL to
// run.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	return startAs(ctx, cfg, nil)
}

func startAs(ctx context.Context, cfg Config, primary *Server) (*Server, error) {
	s := &Server{cfg: cfg, primary: primary, Server: &program.Server{
		Name: "pgserver", Dir: cfg.Dir, Port: cfg.Port, Log: cfg.Logger, StartLimit: startLimit, Polite: syscall.SIGINT,
	}}
	s.Run = s.run
	if err := s.Server.Start(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// URL is the connection string of a database, with the superuser's name and password. It stays the same over a
// Restart. Do not log it.
func (s *Server) URL(database string) string { return address(s, database) }

func address(of interface {
	Address(scheme, user, path string) *url.URL
}, database string) string {
	u := of.Address("postgres", superuser, "/"+database)
	u.RawQuery = "sslmode=disable"
	return u.String()
}

// run starts the server, after it has made its cluster if need be.
func (s *Server) run(ctx context.Context, l program.Launch) (func(context.Context) error, error) {
	cluster := filepath.Join(l.Dir, "cluster")
	bin, err := findPrograms(ctx, cluster, l.Log)
	if err != nil {
		return nil, err
	}
	who, err := newAccount(l.Dir, cluster)
	if err != nil {
		return nil, err
	}
	defer who.close()
	if err := s.initialize(ctx, bin, who, cluster); err != nil {
		return nil, err
	}
	if err := removeStalePid(cluster, l.Claim.LastPid()); err != nil {
		return nil, err
	}
	answers := func(ctx context.Context) error {
		conn, err := pgx.Connect(ctx, address(l, "postgres"))
		if err != nil {
			return fmt.Errorf("try the server: %w", err)
		}
		return conn.Close(ctx)
	}
	cmd := who.command(filepath.Join(bin, "postgres"), s.settings(who, l.Port)...)
	// SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one.
	return l.Program(ctx, cmd, "database system is ready to accept" /* connections, or read-only ones */, syscall.SIGINT, syscall.SIGQUIT, answers)
}
