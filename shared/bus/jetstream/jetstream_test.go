package jetstream_test

import (
	"testing"

	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/bus/bustest"
	"github.com/gittix/ticketing/shared/bus/jetstream"
	"github.com/gittix/ticketing/shared/embedded/jetstreamserver"
)

func TestJetStream(t *testing.T) { suite(t, false) }

func TestTogether(t *testing.T) { suite(t, true) }

func suite(t *testing.T, together bool) {
	t.Helper()
	bustest.Run(t, bustest.Harness{
		Together: together,
		Start: func(dir string, port int) (bustest.Broker, error) {
			return jetstreamserver.Start(jetstreamserver.Config{Dir: dir, Port: port})
		},
		Driver: func(addr string) bus.Driver {
			return jetstream.New(jetstream.Config{Servers: []string{"nats://" + addr}, ClientName: "suite"})
		},
		Small: func(dir string) (bustest.Broker, bus.Driver, error) {
			server, err := jetstreamserver.Start(jetstreamserver.Config{Dir: dir, MaxStore: 100 << 10})
			if err != nil {
				return nil, nil, err
			}
			return server, jetstream.New(jetstream.Config{Servers: []string{"nats://" + server.Addr()}, ClientName: "small", MaxBytes: 64 << 10}), nil
		},
	})
}
