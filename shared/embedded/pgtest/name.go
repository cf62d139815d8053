package pgtest

import (
	"context"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gittix/ticketing/shared/embedded/pgserver"
)

// Name is where clients look for a server, as they do by a name in DNS: what it points at decides where new connections lead;
// those that there are stay.
type Name struct {
	listener net.Listener
	address  url.URL                // of the first server
	target   atomic.Pointer[string] // host:port of the one it leads to now
}

// NewName returns a name that points at a server until the test ends.
func NewName(t testing.TB, server *pgserver.Server) *Name {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal("pgtest: ", err)
	}
	n := &Name{listener: listener, address: *server.Address("postgres", "postgres", "")}
	n.Point(server)
	var pipes sync.WaitGroup
	pipes.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return // closed
			}
			pipes.Go(func() { pipe(client, *n.target.Load()) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close() // it was only listened on
	})
	return n
}

// Point makes the name lead to another server.
func (n *Name) Point(server *pgserver.Server) {
	host := server.Address("", "", "").Host
	n.target.Store(&host)
}

// URL is that of a database, by the name. The servers have the same password.
func (n *Name) URL(database string) string {
	u := n.address
	u.Path, u.Host, u.RawQuery = "/"+database, n.listener.Addr().String(), "sslmode=disable"
	return u.String()
}

func pipe(client net.Conn, target string) {
	defer client.Close() //nolint:errcheck // however it ends
	server, err := new(net.Dialer).DialContext(context.Background(), "tcp", target)
	if err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(server, client) // however it ends, so does the connection
		_ = server.Close()
	}()
	_, _ = io.Copy(client, server)
	_ = server.Close()
}

// Pair starts a server and a standby that follows it, for this test alone.
func Pair(t testing.TB) (primary, standby *pgserver.Server) {
	t.Helper()
	primary, err := pgserver.Start(t.Context(), pgserver.Config{Dir: t.TempDir(), Primary: true})
	if err != nil {
		t.Fatal("pgtest: ", err)
	}
	stopAfter(t, primary)
	standby, err = primary.Standby(t.Context(), pgserver.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal("pgtest: ", err)
	}
	stopAfter(t, standby)
	return primary, standby
}

// SwitchOver promotes the standby, and makes the primary follow it: it answers, and takes no writes.
func SwitchOver(t testing.TB, primary, standby *pgserver.Server) {
	t.Helper()
	for _, step := range []func() error{
		func() error { return primary.Stop(t.Context()) },
		func() error { return standby.Promote(t.Context()) },
		func() error { return primary.Follow(standby) },
		func() error { return primary.Restart(t.Context()) },
	} {
		if err := step(); err != nil {
			t.Fatal("pgtest: ", err)
		}
	}
}
