package systemtest

import (
	"testing"

	"github.com/gittix/ticketing/shared/embedded/jetstreamserver"
	"github.com/gittix/ticketing/shared/embedded/stanserver"
)

// Bus is a broker that a test may take away and bring back, with what it has stored.
type Bus struct {
	URL   string
	Stop  func()
	Start func() error // again, on the same port and folder
}

// Buses are how a broker of each kind is started, by name.
var Buses = map[string]func(testing.TB) *Bus{"NATS Streaming": NATSStreaming, "JetStream": JetStream}

// NATSStreaming starts one.
func NATSStreaming(t testing.TB) *Bus {
	dir := t.TempDir()
	return startBus(t, func(port int) (server, error) {
		return stanserver.Start(stanserver.Config{Dir: dir, Port: port})
	})
}

// JetStream starts one.
func JetStream(t testing.TB) *Bus {
	dir := t.TempDir()
	return startBus(t, func(port int) (server, error) {
		return jetstreamserver.Start(jetstreamserver.Config{Dir: dir, Port: port})
	})
}

// server is what both embedded servers are.
type server interface {
	URL() string
	Stop()
}

func startBus(t testing.TB, start func(port int) (server, error)) *Bus {
	t.Helper()
	port := freePort(t) // one that stays free while the broker is down
	running, err := start(port)
	if err != nil {
		t.Fatal(err)
	}
	b := &Bus{URL: running.URL(), Stop: func() { running.Stop() }}
	b.Start = func() error {
		again, err := start(port)
		if err == nil {
			running = again
		}
		return err
	}
	t.Cleanup(b.Stop)
	return b
}
