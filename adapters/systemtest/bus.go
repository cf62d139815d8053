package systemtest

import (
	"os"
	"path/filepath"
	"testing"

	natsd "github.com/nats-io/nats-server/v2/server"

	"github.com/gittix/ticketing/adapters/busroles"
	"github.com/gittix/ticketing/shared/bus/access"
	"github.com/gittix/ticketing/shared/embedded/jetstreamserver"
	"github.com/gittix/ticketing/shared/embedded/natsserver"
	"github.com/gittix/ticketing/shared/embedded/stanserver"
)

// Bus is a broker that a test may take away and bring back, with what it has stored.
type Bus struct {
	URL   string                   // of its operator
	URLOf func(user string) string // of a service, or of the dispatcher
	Stop  func()
	Start func() error // again, on the same port and folder
	Wipe  func() error // deletes what it has stored, while it is stopped
}

// Buses are how a broker of each kind is started, by name.
var Buses = map[string]func(testing.TB) *Bus{"NATS Streaming": NATSStreaming, "JetStream": JetStream}

// NATSStreaming starts one.
func NATSStreaming(t testing.TB) *Bus {
	dir := filepath.Join(t.TempDir(), "bus")
	monitor := freePort(t)
	return startBus(t, dir, func(port int) (server, error) {
		return stanserver.Start(stanserver.Config{Dir: dir, Port: port, Monitor: monitor, Users: users(t, access.Streaming)})
	})
}

// JetStream starts one.
func JetStream(t testing.TB) *Bus {
	dir := filepath.Join(t.TempDir(), "bus")
	return startBus(t, dir, func(port int) (server, error) {
		return jetstreamserver.Start(jetstreamserver.Config{Dir: dir, Port: port, Users: users(t, access.JetStream)})
	})
}

// users are those that k8s/ has.
func users(t testing.TB, permissions func(access.Role) access.Permissions) []natsd.User {
	t.Helper()
	roles, err := busroles.All()
	if err != nil {
		t.Fatal(err)
	}
	return natsserver.Users(roles, permissions, password)
}

func password(user string) string { return "of " + user }

// server is what both embedded servers are.
type server interface {
	URL() string
	URLOf(user, password string) string
	Stop()
}

func startBus(t testing.TB, dir string, start func(port int) (server, error)) *Bus {
	t.Helper()
	port := freePort(t) // one that stays free while the broker is down
	running, err := start(port)
	if err != nil {
		t.Fatal(err)
	}
	b := &Bus{URL: running.URL(), URLOf: func(user string) string { return running.URLOf(user, password(user)) }, Stop: func() { running.Stop() }}
	b.Start = func() error {
		again, err := start(port)
		if err == nil {
			running = again
		}
		return err
	}
	b.Wipe = func() error { return os.RemoveAll(dir) }
	t.Cleanup(b.Stop)
	return b
}
