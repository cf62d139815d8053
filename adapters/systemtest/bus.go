package systemtest

import (
	"os"
	"path/filepath"
	"syscall"
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
	URL    string                     // of its operator
	URLOf  func(user string) string   // of a service, or of the dispatcher
	Stop   func()                     // in good order
	Start  func() error               // again, on the same port and folder
	Wipe   func() error               // deletes what it has stored, while it is stopped
	Signal func(syscall.Signal) error // to a broker of Brokers; one that was killed is gone until Start
	Pid    func() int                 // of a broker of Brokers
}

// Buses are how a broker of each kind is started, by name.
var Buses = map[string]func(testing.TB) *Bus{"NATS Streaming": NATSStreaming, "JetStream": JetStream}

// NATSStreaming starts one.
func NATSStreaming(t testing.TB) *Bus { return startBus(t, serveStreaming) }

// JetStream starts one.
func JetStream(t testing.TB) *Bus { return startBus(t, serveJetStream) }

func serveStreaming(dir string, port, monitor int) (server, error) {
	users, err := users(access.Streaming)
	if err != nil {
		return nil, err
	}
	return stanserver.Start(stanserver.Config{Dir: dir, Port: port, Monitor: monitor, Users: users})
}

func serveJetStream(dir string, port, _ int) (server, error) {
	users, err := users(access.JetStream)
	if err != nil {
		return nil, err
	}
	return jetstreamserver.Start(jetstreamserver.Config{Dir: dir, Port: port, Users: users})
}

// users are those that k8s/ has.
func users(permissions func(access.Role) access.Permissions) ([]natsd.User, error) {
	roles, err := busroles.All()
	return natsserver.Users(roles, permissions, password), err
}

func password(user string) string { return "of " + user }

// server is what both embedded servers are.
type server interface {
	URL() string
	URLOf(user, password string) string
	Stop()
}

func startBus(t testing.TB, serve func(dir string, port, monitor int) (server, error)) *Bus {
	t.Helper()
	dir, port, monitor := filepath.Join(t.TempDir(), "bus"), freePort(t), freePort(t) // that stay free while the broker is down
	running, err := serve(dir, port, monitor)
	if err != nil {
		t.Fatal(err)
	}
	b := &Bus{URL: running.URL(), URLOf: func(user string) string { return running.URLOf(user, password(user)) }, Stop: func() { running.Stop() }}
	b.Start = func() error {
		again, err := serve(dir, port, monitor)
		if err == nil {
			running = again
		}
		return err
	}
	b.Wipe = func() error { return os.RemoveAll(dir) }
	t.Cleanup(b.Stop)
	return b
}
