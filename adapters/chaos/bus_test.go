package chaos

import (
	"testing"

	"github.com/gittix/ticketing/shared/embedded/jetstreamserver"
	"github.com/gittix/ticketing/shared/embedded/program"
	"github.com/gittix/ticketing/shared/embedded/stanserver"
)

// broker is a bus that can be taken away and brought back, with what it has stored.
type broker struct {
	url   string
	stop  func()
	start func() error // again, on the same port and folder
}

// brokers are how each kind is started, by name.
var brokers = map[string]func(*testing.T) *broker{"NATS Streaming": natsStreaming, "JetStream": jetStream}

func natsStreaming(t *testing.T) *broker {
	t.Helper()
	dir := t.TempDir()
	return startBroker(t, func(port int) (running, error) {
		return stanserver.Start(stanserver.Config{Dir: dir, Port: port})
	})
}

func jetStream(t *testing.T) *broker {
	t.Helper()
	dir := t.TempDir()
	return startBroker(t, func(port int) (running, error) {
		return jetstreamserver.Start(jetstreamserver.Config{Dir: dir, Port: port})
	})
}

// running is what both embedded servers are.
type running interface {
	URL() string
	Stop()
}

func startBroker(t *testing.T, open func(port int) (running, error)) *broker {
	t.Helper()
	port, err := program.FreePort(t.Context()) // one that stays free while the broker is away
	if err != nil {
		t.Fatal(err)
	}
	server, err := open(port)
	if err != nil {
		t.Fatal(err)
	}
	b := &broker{url: server.URL()}
	b.stop = func() { server.Stop() }
	b.start = func() (err error) {
		again, err := open(port)
		if err == nil {
			server = again
		}
		return err
	}
	t.Cleanup(b.stop)
	return b
}
