// Package redisserver runs a private Redis, for a laptop and for tests.
//
// It promises: the server listens on 127.0.0.1 only and asks for the random password kept in Dir/password (mode
// 0600), which no process list shows; a system-wide Redis and its port stay untouched; and one process at a time
// uses a Dir. What Redis said it stored outlives Stop and Restart, and a crash except for its last second; when memory
// runs out it refuses to write rather than forget. It runs as the user who starts it.
//
// Where no redis-server is installed, miniredis, a Redis inside this process, takes its place (see Real). It keeps
// its data over a Restart, but not over the end of the process: the system must live with a Redis that lost
// everything anyway. It knows no CONFIG SET and no keyspace events.
package redisserver

import (
	"context"
	"fmt"
	"log/slog"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/gittix/ticketing/shared/embedded/program"
)

// startLimit bounds a start without a deadline: loading a large append-only file takes a while.
const startLimit = time.Minute

// Config says where and how to run the server.
type Config struct {
	Dir    string       // holds everything the server keeps; made if missing
	Port   int          // of 127.0.0.1; 0 takes a free one, kept for the server's life
	Logger *slog.Logger // nil discards
}

// Server is a Redis server, to be stopped and started again by the methods of program.Server.
type Server struct {
	*program.Server
	real bool
}

// Start runs the server on cfg.Dir and returns when it answers. redis-server is looked for in $REDIS_SERVER, in what
// .ci/install put into .data/tools, on PATH and where Homebrew puts it.
//
// Errors: program.ErrInUse when another process runs a server on Dir.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	return startWith(ctx, cfg, find())
}

// find returns the path of redis-server, or "".
func find() string {
	found := program.Search{
		Name: "redis-server",
		Env:  "REDIS_SERVER",
		Also: []string{"/opt/homebrew/opt/redis/bin", "/usr/local/opt/redis/bin"},
	}.All()
	return append(found, "")[0]
}

// startWith runs that redis-server, or miniredis when path is empty.
func startWith(ctx context.Context, cfg Config, path string) (*Server, error) {
	s := &Server{real: path != "", Server: &program.Server{
		Name: "redisserver", Dir: cfg.Dir, Port: cfg.Port, Log: cfg.Logger, StartLimit: startLimit, Polite: syscall.SIGTERM, Run: installed(path),
	}}
	if !s.real {
		s.Run = mini(miniredis.NewMiniRedis())
	}
	if err := s.Server.Start(ctx); err != nil {
		return nil, err
	}
	if !s.real {
		s.Log.Info("redis-server is not installed: using miniredis, which forgets with the process")
	}
	return s, nil
}

// Real reports whether this is redis-server, not miniredis.
func (s *Server) Real() bool { return s.real }

// URL is the connection string of database 0, with the password. It stays the same over a Restart. Do not log it.
func (s *Server) URL() string { return s.Address("redis", "default", "/0").String() }

type runner = func(context.Context, program.Launch) (func(context.Context) error, error)

func installed(path string) runner {
	return func(ctx context.Context, l program.Launch) (func(context.Context) error, error) {
		// The configuration comes on stdin, unseen by other users. Its relative paths lie in the server's folder.
		cmd := exec.Command(path, "-") //nolint:gosec,noctx // an installed program, which outlives any one call
		cmd.Stdin = strings.NewReader(fmt.Sprintf(configuration, l.Port, l.Password))
		cmd.Dir = l.Dir
		cmd.Env = program.Environment()
		return l.Program(ctx, cmd, "Ready to accept connections", syscall.SIGTERM, syscall.SIGKILL, nil)
	}
}

const configuration = `bind 127.0.0.1
port %d
requirepass %s
dir .
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
daemonize no
loglevel notice
logfile ""
`

func mini(server *miniredis.Miniredis) runner {
	return func(_ context.Context, l program.Launch) (func(context.Context) error, error) {
		server.RequireAuth(l.Password)
		if err := server.StartAddr(fmt.Sprintf("127.0.0.1:%d", l.Port)); err != nil {
			return nil, fmt.Errorf("miniredis: %w", err)
		}
		// By itself miniredis expires nothing: its time stands still. This ties it to the clock. Nothing of ours relies
		// on a TTL for correctness.
		server.ClockTTL(true)
		return func(context.Context) error { server.Close(); return nil }, nil
	}
}
