// Package redisserver runs a private Redis, for a laptop and for tests.
//
// It promises: the server listens on 127.0.0.1 only and lets nobody in without
// the random password kept in Dir/password (mode 0600), which no process list
// shows; a system-wide Redis and its port stay untouched; and one process at a
// time uses a Dir. What Redis said it stored outlives Stop and Restart, and a
// crash but for its last second; when memory runs out it refuses to write
// rather than forget.
// It runs as the user who starts it.
//
// Where no redis-server is installed, miniredis, a Redis inside this process,
// takes its place (Real tells). It keeps its data over a Restart, but not over
// the end of the process: the system must live with a Redis that lost
// everything anyway. It knows no CONFIG SET and no keyspace events.
package redisserver

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
	"time"

	"github.com/gittix/ticketing/shared/embedded/program"
)

// startLimit bounds Start and Restart when their context has no deadline:
// loading a large append-only file takes a while.
const startLimit = time.Minute

// Config says where and how to run the server.
type Config struct {
	Dir    string       // holds everything the server keeps; made if missing
	Port   int          // of 127.0.0.1; 0 takes a free one, kept for the server's life
	Logger *slog.Logger // nil discards
}

// engine is what answers: a redis-server process or miniredis.
type engine interface {
	// start listens on the port and returns when it answers.
	start(ctx context.Context, port int, password string) error
	// stop ends what start began. It does nothing when nothing runs.
	stop(ctx context.Context) error
}

// Server is a Redis server. Its methods may be called at once from several goroutines.
type Server struct {
	real     bool
	port     int
	password string

	mu     sync.Mutex
	engine engine
}

// Start runs the server on cfg.Dir and returns when it answers. redis-server
// is looked for in $REDIS_SERVER, in what .ci/install put into .data/tools, on
// PATH and where Homebrew puts it.
//
// Errors: program.ErrInUse when another process runs a server on Dir.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	found := program.Search{
		Name: "redis-server",
		Env:  "REDIS_SERVER",
		Also: []string{"/opt/homebrew/opt/redis/bin", "/usr/local/opt/redis/bin"},
	}.All()
	if len(found) == 0 {
		return startWith(ctx, cfg, "")
	}
	return startWith(ctx, cfg, found[0])
}

// startWith runs that redis-server, or miniredis when path is empty.
func startWith(ctx context.Context, cfg Config, path string) (*Server, error) {
	log := cfg.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("redisserver: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("redisserver: %w", err)
	}
	s := &Server{real: path != "", port: cfg.Port}
	if s.password, err = program.Password(dir); err != nil {
		return nil, fmt.Errorf("redisserver: %w", err)
	}
	if s.real {
		s.engine = &redis{path: path, dir: dir, log: log}
	} else {
		log.Info("redis-server is not installed: using miniredis, which forgets with the process")
		s.engine = newMini()
	}
	if err := s.Restart(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Real tells whether this is redis-server, not miniredis.
func (s *Server) Real() bool { return s.real }

// URL is the connection string of database 0, with the password. It stays the
// same over a Restart. Do not log it.
func (s *Server) URL() string {
	u := url.URL{
		Scheme: "redis",
		User:   url.UserPassword("default", s.password),
		Host:   net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)),
		Path:   "/0",
	}
	return u.String()
}

// Stop ends the server; what it stored is on disk. When ctx ends before the
// server has, it is killed. Stop on a stopped server does nothing.
//
// Errors: ctx's error when the server had to be killed.
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
		return errors.Join(fmt.Errorf("redisserver: %w", err), s.halt(stopping))
	}
	return nil
}

func (s *Server) halt(ctx context.Context) error {
	if err := s.engine.stop(ctx); err != nil {
		return fmt.Errorf("redisserver: %w", err)
	}
	return nil
}

// launch starts the engine; the first time, on a free port if none was asked
// for, and on another one when somebody was quicker to listen there.
func (s *Server) launch(ctx context.Context) error {
	if s.port != 0 {
		return s.engine.start(ctx, s.port, s.password)
	}
	for try := 1; ; try++ {
		var err error
		if s.port, err = program.FreePort(ctx); err != nil {
			return err
		}
		err = s.engine.start(ctx, s.port, s.password)
		if err == nil || try == 5 || !program.PortTaken(ctx, s.port) {
			return err
		}
		if err := s.engine.stop(ctx); err != nil {
			return err
		}
	}
}
