// Package motoserver runs moto, which stands in for AWS, for tests. It listens on 127.0.0.1 only, keeps what it has in memory, and
// takes any credentials.
package motoserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"github.com/gittix/ticketing/shared/embedded/program"
)

const startLimit = time.Minute

// ErrMissing says that moto is not installed.
var ErrMissing = errors.New("moto_server is not installed: run .ci/install moto")

// Server is moto, to be stopped by the method of program.Server.
type Server struct{ *program.Server }

// Start runs moto, with its log in dir, and returns when it answers. moto_server is looked for in $MOTO_SERVER, in what .ci/install put
// into .data/tools, and on PATH.
//
// Errors: ErrMissing.
func Start(ctx context.Context, dir string) (*Server, error) {
	found := program.Search{Name: "moto_server", Env: "MOTO_SERVER"}.All()
	if len(found) == 0 {
		return nil, ErrMissing
	}
	s := &Server{&program.Server{Name: "motoserver", Dir: dir, StartLimit: startLimit, Polite: syscall.SIGINT, Run: func(ctx context.Context, l program.Launch) (func(context.Context) error, error) {
		cmd := exec.Command(found[0], "-H", "127.0.0.1", "-p", strconv.Itoa(l.Port)) //nolint:gosec,noctx // an installed program, which outlives any one call
		cmd.Dir = l.Dir
		cmd.Env = append(program.Environment(), "PYTHONUNBUFFERED=1")
		return l.Program(ctx, cmd, "Running on", syscall.SIGINT, syscall.SIGKILL, nil)
	}}}
	if err := s.Server.Start(ctx); err != nil {
		return nil, fmt.Errorf("moto: %w", err)
	}
	return s, nil
}

// Addr is host:port.
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)) }
