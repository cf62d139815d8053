package jetstream_test

import (
	"testing"

	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/bus/bustest"
	"github.com/gittix/ticketing/shared/bus/jetstream"
	"github.com/gittix/ticketing/shared/embedded/jetstreamserver"
)

func TestJetStream(t *testing.T) {
	bustest.Run(t, bustest.Harness{
		Start: func(dir string, port int) (bustest.Broker, error) {
			return jetstreamserver.Start(jetstreamserver.Config{Dir: dir, Port: port})
		},
		Driver: func(addr string) bus.Driver {
			return jetstream.New(jetstream.Config{Servers: []string{"nats://" + addr}, ClientName: "suite"})
		},
	})
}
