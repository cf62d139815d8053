package program

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// FreePort returns a TCP port of 127.0.0.1 that nobody listens on now.
// Somebody may take it before you do: be ready to ask again.
func FreePort(ctx context.Context) (int, error) {
	listener, err := listen(ctx, 0)
	if err != nil {
		return 0, fmt.Errorf("free port: %w", err)
	}
	address, ok := listener.Addr().(*net.TCPAddr)
	if !ok {
		return 0, errors.Join(errors.New("free port: not a TCP address"), listener.Close())
	}
	return address.Port, listener.Close()
}

// PortTaken tells whether somebody listens on the port of 127.0.0.1.
func PortTaken(ctx context.Context, port int) bool {
	listener, err := listen(ctx, port)
	return err != nil || listener.Close() != nil
}

func listen(ctx context.Context, port int) (net.Listener, error) {
	return new(net.ListenConfig).Listen(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
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
