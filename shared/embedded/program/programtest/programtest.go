// Package programtest is what every server that runs by program.Server must do.
package programtest

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/embedded/program"
)

// Server is a kind of server to test.
type Server struct {
	Start  func(ctx context.Context, dir string, port int, log *slog.Logger) (*program.Server, func() (url string), error)
	Put    func(ctx context.Context, url string) error // stores something
	Has    func(ctx context.Context, url string) bool  // what Put has stored
	Memory bool                                        // it ends with this process, and so does what it stores
}

// Log writes what a server says to the test's own log.
func Log(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// Stop stops a server, whose URL must then fail.
func Stop(t testing.TB, s *program.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Error(err)
	}
}

// Run tests a kind of server on a folder of its own.
func (k Server) Run(t *testing.T) {
	ctx, dir := t.Context(), filepath.Join(t.TempDir(), "made", "for it")
	start := func() (*program.Server, string) {
		t.Helper()
		s, url, err := k.Start(ctx, dir, 0, Log(t))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { Stop(t, s) })
		return s, url()
	}
	check := func(after, url string) {
		t.Helper()
		if !k.Has(ctx, url) {
			t.Errorf("it forgot after %s", after)
		}
	}
	s, address := start()
	k.keepsOthersOut(t, address, dir)
	if err := k.Put(ctx, address); err != nil {
		t.Fatal(err)
	}
	if _, _, err := k.Start(ctx, dir, 0, Log(t)); !errors.Is(err, program.ErrInUse) {
		t.Errorf("a second server on the folder: %v", err)
	}
	check("a second start was refused", address)
	restart := func(after string) {
		t.Helper()
		if err := s.Restart(ctx); err != nil {
			t.Fatal(after, ": ", err)
		}
		check(after, address) // at the same URL
	}
	restart("a restart")
	Stop(t, s)
	Stop(t, s) // does nothing
	if k.Has(ctx, address) {
		t.Error("a stopped server answers")
	}
	restart("a stop")
	if k.Memory {
		return
	}
	if err := syscall.Kill(pid(t, dir), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	restart("a crash")
	Stop(t, s)
	s, address = start()
	check("another start", address)
}

// keepsOthersOut checks the address, the password and its file.
func (k Server) keepsOthersOut(t *testing.T, address, dir string) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() != "127.0.0.1" {
		t.Fatalf("address %s, %v", u.Host, err)
	}
	info, err := os.Stat(filepath.Join(dir, "password"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("password file: mode %v, %v; want 0600", info.Mode(), err)
	}
	for _, user := range []*url.Userinfo{nil, url.UserPassword(u.User.Username(), ""), url.UserPassword(u.User.Username(), "guess")} {
		other := *u
		other.User = user
		if k.Put(t.Context(), other.String()) == nil {
			t.Errorf("%v may write", user)
		}
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := k.Start(t.Context(), t.TempDir(), port, Log(t)); err == nil || !strings.Contains(strings.ToLower(err.Error()), "address already in use") {
		t.Errorf("on a port in use: %v", err)
	}
	if l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", u.Host); err == nil {
		t.Errorf("the port was given up: %v", l.Close())
	}
}

// pid is the process id that program.Claim notes.
func pid(t *testing.T, dir string) int {
	text, err := os.ReadFile(filepath.Join(dir, "server.lock"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid < 2 {
		t.Fatalf("process %d, %v", pid, err)
	}
	return pid
}
