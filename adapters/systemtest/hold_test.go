package systemtest

import (
	"errors"
	"net"
	"strconv"
	"syscall"
	"testing"
)

// A port that is held cannot be taken, connections to it are refused, and it is free again afterwards.
func TestHoldPorts(t *testing.T) {
	t.Parallel()
	port := strconv.Itoa(freePort(t))
	listen := func() (net.Listener, error) { return new(net.ListenConfig).Listen(t.Context(), "tcp", ":"+port) }
	for range 2 { // the second time, connections linger
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
		if err := errors.Join(err, server.Close(), client.Close(), l.Close()); err != nil { // the server first: its side lingers
			t.Error(err)
		}
	}
}
