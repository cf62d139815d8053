package program

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	mathrand "math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
)

// The ports that FreePort chooses from. They lie below those that systems give to outgoing connections, so
// that a server which stops and starts again finds its port free.
const (
	firstPort = 20000
	lastPort  = 29999
)

// ports counts those that this process has looked at, from a place of its own: so it never gives away one that it has given to
// a server which has not started yet, or is stopped for a while.
var ports = func() *atomic.Uint32 {
	n := new(atomic.Uint32)
	n.Store(mathrand.Uint32N(lastPort - firstPort + 1))
	return n
}()

// FreePort returns a TCP port of 127.0.0.1 that no program listens on now, and another one at each call.
// Another process may take it before you do: be ready to ask again.
func FreePort(ctx context.Context) (int, error) {
	for range 100 {
		if port := firstPort + int(ports.Add(1)%(lastPort-firstPort+1)); !PortTaken(ctx, port) {
			return port, nil
		}
	}
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("free port: %w", err)
	}
	return 0, fmt.Errorf("free port: none found from %d to %d", firstPort, lastPort)
}

// PortTaken reports whether a program listens on the port of 127.0.0.1.
func PortTaken(ctx context.Context, port int) bool {
	listener, err := listen(ctx, port)
	return err != nil || StopListening(listener) != nil
}

func listen(ctx context.Context, port int) (net.Listener, error) {
	return new(net.ListenConfig).Listen(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
}

// StopListening closes a TCP listener and frees its port at once, even where a child of this process has the socket, too, until
// its exec.
func StopListening(listener net.Listener) error {
	raw, err := listener.(*net.TCPListener).SyscallConn()
	if err == nil {
		err = raw.Control(func(socket uintptr) { _ = syscall.Shutdown(int(socket), syscall.SHUT_RDWR) }) // macOS refuses it
	}
	return errors.Join(err, listener.Close())
}

// Password returns the password kept in the file "password" of dir, readable
// by its owner only. The first call for a dir makes a random one.
func Password(dir string) (string, error) {
	path := filepath.Join(dir, "password")
	text, err := os.ReadFile(path)
	if password := strings.TrimSpace(string(text)); err == nil && password != "" {
		return password, nil
	}
	if err == nil { // empty: a first call was cut short
		err = os.Remove(path)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("password: %w", err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", fmt.Errorf("password: %w", err)
	}
	password := rand.Text()
	_, err = file.WriteString(password + "\n")
	if err := errors.Join(err, file.Close()); err != nil {
		return "", fmt.Errorf("password: %w", err)
	}
	return password, nil
}
