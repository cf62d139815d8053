package program

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// portTries bounds how often a free port is asked for again because another program was quicker to listen on it.
const portTries = 5

// stopLimit bounds the end of a program that did not start.
const stopLimit = 10 * time.Second

// Server is a server on a port of 127.0.0.1 that works in a folder, which one process at a time uses, and asks for a
// password. Its methods may be called by several goroutines.
type Server struct {
	Name       string        // for errors
	Dir        string        // holds everything that the server keeps; made if missing
	Port       int           // 0: Start takes a free one, kept for the server's life
	StartLimit time.Duration // bounds Start and Restart when their context has no deadline
	Polite     syscall.Signal
	Log        *slog.Logger // nil discards

	// Run starts what answers, and returns when it does, with how to end it. It leaves nothing running on an error.
	Run func(context.Context, Launch) (stop func(context.Context) error, err error)

	mu       sync.Mutex
	password string // only Start writes it: URL reads it without a lock; so with Port
	claim    *Claim
	stop     func(context.Context) error // nil while nothing runs
}

// Launch is what Run is given: a folder that is claimed, a port and a password.
type Launch struct {
	Dir, Password string
	Port          int
	Claim         *Claim
	Log           *slog.Logger
}

// Start runs the server for the first time.
//
// Errors: ErrInUse when another process runs a server in Dir; those of Run.
func (s *Server) Start(ctx context.Context) error {
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	dir, err := filepath.Abs(s.Dir)
	if err == nil {
		s.Dir = dir
		err = os.MkdirAll(dir, 0o700)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s.Name, err)
	}
	return s.Restart(ctx)
}

// Address is the URL of the server, with a user's name and the password. It stays the same over a Restart. Do not log
// it.
func (s *Server) Address(scheme, user, path string) *url.URL {
	return Launch{Port: s.Port, Password: s.password}.Address(scheme, user, path)
}

// Address is the URL of the server that is being started.
func (l Launch) Address(scheme, user, path string) *url.URL {
	return &url.URL{Scheme: scheme, User: url.UserPassword(user, l.Password), Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(l.Port)), Path: path}
}

// Restart stops the server, if it runs, and starts it again with the same URL and data. Every open connection breaks.
//
// Errors: as Start.
func (s *Server) Restart(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, s.StartLimit)
	defer cancel()
	err := s.halt(ctx)
	if err != nil {
		return err
	}
	if err := s.launch(ctx); err != nil {
		return errors.Join(fmt.Errorf("%s: %w", s.Name, err), s.halt(ctx))
	}
	return nil
}

// Stop ends the server and returns when it is gone; what it stored is on disk. When ctx ends before that, the server
// is made to crash. Stop on a stopped server does nothing.
//
// Errors: ctx's error when the server had to be crashed.
func (s *Server) Stop(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.halt(ctx)
}

// Pid is that of the server's process; 0 if there is none.
func (s *Server) Pid() int { return readPid(filepath.Join(s.Dir, "server.lock")) }

// Signal sends a signal, such as SIGSTOP, to the server's process.
//
// Errors: that there is none.
func (s *Server) Signal(sig syscall.Signal) error {
	pid := s.Pid()
	if pid == 0 {
		return fmt.Errorf("%s: no process", s.Name)
	}
	return syscall.Kill(pid, sig)
}

func (s *Server) launch(ctx context.Context) (err error) {
	if s.claim, err = NewClaim(ctx, s.Dir, s.Polite); err != nil {
		return err
	}
	if s.password, err = Password(s.Dir); err != nil {
		return err
	}
	if s.Port != 0 {
		return s.run(ctx, s.Port)
	}
	for try := 1; ; try++ {
		port, err := FreePort(ctx)
		if err != nil {
			return err
		}
		if err = s.run(ctx, port); err == nil {
			s.Port = port
		}
		if err == nil || try == portTries || !PortTaken(ctx, port) {
			return err
		}
	}
}

func (s *Server) run(ctx context.Context, port int) (err error) {
	s.stop, err = s.Run(ctx, Launch{Dir: s.Dir, Password: s.password, Port: port, Claim: s.claim, Log: s.Log})
	return err
}

// halt ends what runs and gives Dir back.
func (s *Server) halt(ctx context.Context) (err error) {
	if s.stop != nil {
		err = s.stop(ctx)
		s.stop = nil
	}
	if s.claim != nil {
		err = errors.Join(err, s.claim.Release())
		s.claim = nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s.Name, err)
	}
	return nil
}

// Program runs cmd until stop: it starts cmd with the claim's file behind its other ExtraFiles, waits for the line
// ready, and tries the server by answers, unless that is nil. An end that is not asked for is logged.
func (l Launch) Program(
	ctx context.Context, cmd *exec.Cmd, ready string, polite, rude syscall.Signal, answers func(context.Context) error,
) (stop func(context.Context) error, err error) {
	cmd.ExtraFiles = append(cmd.ExtraFiles, l.Claim.File())
	p, err := Start(cmd, polite, ready, l.Log)
	if err != nil {
		return nil, err
	}
	if err = l.Claim.SetPid(p.Pid()); err == nil {
		err = p.Ready(ctx)
	}
	if err == nil && answers != nil {
		err = answers(ctx)
	}
	if err != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopLimit)
		defer cancel()
		return nil, errors.Join(err, p.Stop(ctx, polite, rude))
	}
	asked, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-asked:
		case <-p.Ended():
			l.Log.Error(filepath.Base(cmd.Path)+" ended unasked", "error", p.Err())
		}
	}()
	return func(ctx context.Context) error {
		close(asked)
		<-watched
		return p.Stop(ctx, polite, rude)
	}, nil
}
