package program

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ErrInUse says that a living process already runs a server in the folder.
var ErrInUse = errors.New("folder is in use by another process")

// Claim is the right to run a server in a folder, held until Release.
//
// Two locked files stand behind it. "owner.lock" is held by the claiming
// process. "server.lock" is held by the server too, which inherits it, and
// names the server's process id: it stays locked while the server or any of
// its children lives, even where the owner ended. So no process id has to be
// guessed to be alive, and none that another program has got is signaled.
type Claim struct {
	owner  *os.File
	server *os.File
	last   int
}

// NewClaim claims dir, which must exist. A server that a killed process left
// behind in dir is ended first, with the signal polite and, when half the time
// that ctx allows (at most 20 s) has passed, with SIGKILL.
//
// Errors: ErrInUse.
func NewClaim(ctx context.Context, dir string, polite syscall.Signal) (*Claim, error) {
	owner, err := lockFile(filepath.Join(dir, "owner.lock"))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	c := &Claim{owner: owner}
	path := filepath.Join(dir, "server.lock")
	c.server, err = lockFile(path)
	if errors.Is(err, ErrInUse) {
		c.server, err = endOrphan(ctx, path, polite)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", dir, err),
			syscall.Flock(int(owner.Fd()), syscall.LOCK_UN), owner.Close())
	}
	c.last = readPid(path)
	return c, nil
}

// File is to be inherited by the server (exec.Cmd.ExtraFiles).
func (c *Claim) File() *os.File { return c.server }

// LastPid is the process id of the last server that ran here before this
// claim, 0 when unknown. It no longer runs.
func (c *Claim) LastPid() int { return c.last }

// SetPid notes the process id of the server that was given File.
func (c *Claim) SetPid(pid int) error {
	if err := c.server.Truncate(0); err != nil {
		return err
	}
	_, err := c.server.WriteAt([]byte(strconv.Itoa(pid)+"\n"), 0)
	return err
}

// Release gives the folder back. The server must have ended; children of a
// crashed one may linger, and the next claim waits for them.
func (c *Claim) Release() error {
	// Unlocked by name, not by closing alone: a child that is being forked at
	// this moment shares the open file until it executes its program.
	return errors.Join(c.server.Truncate(0), c.server.Close(),
		syscall.Flock(int(c.owner.Fd()), syscall.LOCK_UN), c.owner.Close())
}

// endOrphan signals the server named in the locked file until the lock is free.
func endOrphan(ctx context.Context, path string, polite syscall.Signal) (*os.File, error) {
	limit := 20 * time.Second
	if deadline, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(deadline)/2)
	}
	force := time.NewTimer(limit)
	defer force.Stop()
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	send := polite
	for {
		if pid := readPid(path); pid > 1 && send != 0 {
			// ESRCH: it has just ended, and its children are about to.
			if err := syscall.Kill(pid, send); err != nil && !errors.Is(err, syscall.ESRCH) {
				return nil, fmt.Errorf("ending the server left behind (process %d): %w", pid, err)
			}
			send = 0
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: the server left behind does not end: %w", ErrInUse, ctx.Err())
		case <-force.C:
			send = syscall.SIGKILL
		case <-poll.C:
		}
		file, err := lockFile(path)
		if !errors.Is(err, ErrInUse) {
			return file, err
		}
	}
}

// lockFile opens and locks a file for as long as it, or a copy of it inherited
// by a child, is open.
func lockFile(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = ErrInUse
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func readPid(path string) int {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0 // not written yet
	}
	return pid
}
