package systemtest

import (
	"errors"
	"net"
	"os/exec"
	"strconv"
	"syscall"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/gittix/ticketing/shared/embedded/program"
)

// A port that is held cannot be taken, connections to it are refused, and it is free again afterwards, although children that
// start meanwhile have each socket for a moment.
func TestHoldPorts(t *testing.T) {
	t.Parallel()
	held := make(chan struct{})
	var children errgroup.Group
	children.Go(func() error {
		for {
			select {
			case <-held:
				return nil
			default:
			}
			if err := exec.CommandContext(t.Context(), "true").Run(); err != nil {
				return err
			}
		}
	})
	defer func() {
		close(held)
		if err := children.Wait(); err != nil {
			t.Error(err)
		}
	}()
	port := strconv.Itoa(freePort(t))
	listen := func() (net.Listener, error) { return new(net.ListenConfig).Listen(t.Context(), "tcp", ":"+port) }
	for range 50 { // from the second time on, connections linger
		h, err := holdPorts(port)
		if err != nil {
			t.Fatal(err)
		}
		if l, err := listen(); !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("taken: %v, %v", l, err)
		}
		if c, err := new(net.Dialer).DialContext(t.Context(), "tcp", "127.0.0.1:"+port); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("connected: %v, %v", c, err)
		}
		if err := h.release(); err != nil {
			t.Error(err)
		}
		l, err := listen()
		if err != nil {
			t.Fatal(err)
		}
		client, err := new(net.Dialer).DialContext(t.Context(), "tcp", "127.0.0.1:"+port)
		if err != nil {
			t.Fatal(err)
		}
		server, err := l.Accept()
		if err := errors.Join(err, server.Close(), client.Close(), program.StopListening(l)); err != nil { // the server first: its side lingers
			t.Error(err)
		}
	}
}
