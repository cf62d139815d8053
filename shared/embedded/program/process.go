package program

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// Process is a running child. Its methods may be called at once from several goroutines.
type Process struct {
	cmd    *exec.Cmd
	output *output
	ended  chan struct{}
	err    error // how it ended; readable after ended is closed
}

// Start runs cmd in its own process group, so that Ctrl-C in a terminal
// reaches us alone and we end the child in our own order. When this process
// dies without doing so, Linux sends the child the signal atParentDeath.
// What the child prints goes to log at debug level, line by line; the first
// line that contains ready, if that is not empty, makes it Ready.
func Start(cmd *exec.Cmd, atParentDeath syscall.Signal, ready string, log *slog.Logger) (*Process, error) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	dieWithParent(cmd.SysProcAttr, atParentDeath)
	name := filepath.Base(cmd.Path)
	p := &Process{
		cmd:    cmd,
		output: &output{log: log, name: name, await: ready, seen: make(chan struct{})},
		ended:  make(chan struct{}),
	}
	cmd.Stdout, cmd.Stderr = p.output, p.output
	cmd.WaitDelay = 5 * time.Second // for grandchildren that hold the output open

	started := make(chan error)
	go func() {
		// Linux ties the parent-death signal to the thread that started the
		// child, so this thread must live, and do nothing else, until the child ends.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		p.err = cmd.Wait()
		close(p.ended)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return p, nil
}

// Environment is what a child gets of our environment: what programs and their
// libraries are found by. The rest could change how it works (PGPORT) or must
// not reach it (our secrets).
func Environment() []string {
	env := []string{"LC_ALL=C", "TZ=GMT"}
	for _, name := range []string{"PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// Run starts cmd and waits until it ends. When ctx ends first, cmd and its
// children are killed.
//
// Errors: the exit status with the last lines printed; ctx's error.
func Run(ctx context.Context, cmd *exec.Cmd, log *slog.Logger) error {
	p, err := Start(cmd, syscall.SIGKILL, "", log)
	if err != nil {
		return err
	}
	select {
	case <-p.Ended():
		return p.Err()
	case <-ctx.Done():
		err := syscall.Kill(-p.Pid(), syscall.SIGKILL) // its process group
		if errors.Is(err, syscall.ESRCH) {
			err = nil
		}
		<-p.Ended()
		return errors.Join(ctx.Err(), err)
	}
}

// Pid is the child's process id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Ready waits until the child has printed the line that Start was given.
//
// Errors: how the child ended before that; ctx's error.
func (p *Process) Ready(ctx context.Context) error {
	select {
	case <-p.output.seen:
		return nil
	case <-p.ended:
		return errors.Join(errors.New("it ended while it started"), p.Err())
	case <-ctx.Done():
		return fmt.Errorf("%s does not get ready: %w", filepath.Base(p.cmd.Path), ctx.Err())
	}
}

// Ended is closed when the child has ended and been waited for.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Err returns how the child ended, with the last lines that it printed; nil when
// its exit status was 0. Call it after Ended.
func (p *Process) Err() error {
	if p.err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w: %s", filepath.Base(p.cmd.Path), p.err, p.output.tail())
}

// Stop sends the signal polite and waits until the child has ended. When ctx
// ends first, it sends the signal rude, and 10 s later SIGKILL.
// A child that has already ended is no error.
//
// Errors: ctx's error when polite was not enough; the child has ended even then.
func (p *Process) Stop(ctx context.Context, polite, rude syscall.Signal) error {
	if err := p.signal(polite); err != nil {
		return err
	}
	select {
	case <-p.ended:
		return nil
	case <-ctx.Done():
	}
	if err := p.signal(rude); err != nil {
		return err
	}
	last := time.NewTimer(10 * time.Second)
	defer last.Stop()
	select {
	case <-p.ended:
	case <-last.C:
		if err := p.signal(syscall.SIGKILL); err != nil {
			return err
		}
		<-p.ended // the kernel ends it; nothing can keep it alive
	}
	return fmt.Errorf("%s did not stop in time: %w", filepath.Base(p.cmd.Path), ctx.Err())
}

func (p *Process) signal(sig syscall.Signal) error {
	select {
	case <-p.ended:
		return nil
	default:
	}
	// os.Process knows whether the child was waited for, so a reused id is never hit.
	if err := p.cmd.Process.Signal(sig); err != nil && !isGone(err) {
		return fmt.Errorf("signal %s: %w", filepath.Base(p.cmd.Path), err)
	}
	return nil
}
