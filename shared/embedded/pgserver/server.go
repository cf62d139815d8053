// Package pgserver runs a private PostgreSQL server, for a laptop and for tests.
//
// It promises: the server listens on 127.0.0.1 only, opens no Unix socket, and
// lets nobody in without the random password kept in Dir/password (mode 0600,
// SCRAM); a system-wide PostgreSQL, its port and its data stay untouched; the
// data of a Dir outlives Stop and, when Durable, a crash and a SIGKILL of this
// process; and one process at a time uses a Dir.
//
// A Dir holds cluster/ (PostgreSQL's data directory), the password, and two
// lock files. PostgreSQL refuses to run as root, so for root the server runs
// as the owner of an existing cluster, else as the user postgres, else as
// nobody, who owns cluster/ and the password but not Dir. On Linux that user needs no access to the folders above Dir (DATA_DIR
// may lie below /root): the open Dir is handed over, and the server knows it as
// /proc/self/fd/3. The programs themselves must lie where that user can read.
package pgserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/gittix/ticketing/shared/embedded/program"
)

// startLimit bounds Start and Restart when their context has no deadline.
// Recovery after a crash is what may take long.
const startLimit = 2 * time.Minute

// superuser is the role that every URL names.
const superuser = "postgres"

// Config says where and how to run the server.
type Config struct {
	Dir     string       // holds everything the server keeps; made if missing
	Port    int          // of 127.0.0.1; 0 takes a free one, kept for the server's life
	BinDir  string       // folder of initdb and postgres; empty: they are looked for
	Durable bool         // false: quicker; a crash may lose the last commits, a crash of the machine everything
	Logger  *slog.Logger // nil discards
}

// Server is a PostgreSQL server. Its methods may be called at once from several goroutines.
type Server struct {
	cfg      Config
	log      *slog.Logger
	port     int
	password string

	mu      sync.Mutex
	claim   *program.Claim
	process *program.Process
	stop    chan struct{} // closed when the end of process is wanted; nil while nobody watches
	watched chan struct{} // closed by the watcher when it leaves
}

// Start runs the server on cfg.Dir and returns when it answers. An empty Dir
// is initialized first, which takes about a second.
//
// Errors: program.ErrInUse when another process runs a server on Dir;
// ErrNotInstalled when there is no PostgreSQL to run.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("pgserver: %w", err)
	}
	cfg.Dir = dir
	s := &Server{cfg: cfg, log: cfg.Logger, port: cfg.Port}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("pgserver: %w", err)
	}
	if err := s.Restart(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// URL is the connection string of a database, with the superuser's name and password.
// It stays the same over a Restart. Do not log it.
func (s *Server) URL(database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(superuser, s.password),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// Stop ends every session, writes everything to disk and ends the server. It
// returns when the server is gone; when ctx ends before that, the server is
// made to crash (see Config.Durable). Stop on a stopped server does nothing.
//
// Errors: ctx's error when the server had to be crashed.
func (s *Server) Stop(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.halt(ctx)
}

// Restart stops the server, if it runs, and starts it again with the same URL
// and data. Every open connection breaks.
//
// Errors: as Start.
func (s *Server) Restart(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	if err := s.halt(ctx); err != nil {
		return err
	}
	if err := s.launch(ctx); err != nil {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		return errors.Join(fmt.Errorf("pgserver: %w", err), s.halt(stopping))
	}
	return nil
}

// halt ends the process and gives Dir back. The caller holds mu.
func (s *Server) halt(ctx context.Context) error {
	var err error
	if s.process != nil {
		if s.stop != nil {
			close(s.stop)
			<-s.watched
			s.stop = nil
		}
		// SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one.
		err = s.process.Stop(ctx, syscall.SIGINT, syscall.SIGQUIT)
		s.process = nil
	}
	if s.claim != nil {
		err = errors.Join(err, s.claim.Release())
		s.claim = nil
	}
	if err != nil {
		return fmt.Errorf("pgserver: %w", err)
	}
	return nil
}

// watch reports a server that ends unasked.
func (s *Server) watch(p *program.Process, stop <-chan struct{}, watched chan<- struct{}) {
	defer close(watched)
	select {
	case <-stop:
	case <-p.Ended():
		select {
		case <-stop: // both: it was asked
		default:
			s.log.Error("postgres ended unasked", "error", p.Err())
		}
	}
}
