package stan_test

import (
	"context"
	"testing"

	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/bus/bustest"
	"github.com/gittix/ticketing/shared/bus/stan"
	"github.com/gittix/ticketing/shared/embedded/stanserver"
)

// opened is a client of its own for each bus.
type opened struct{ stan.Config }

// Connect implements bus.Driver.
func (o opened) Connect(ctx context.Context) (bus.Conn, error) {
	return stan.New(o.Config).Connect(ctx)
}

func TestStan(t *testing.T) {
	bustest.Run(t, bustest.Harness{
		Start: func(dir string, port int) (bustest.Broker, error) {
			return stanserver.Start(stanserver.Config{Dir: dir, Port: port})
		},
		Driver: func(addr string) bus.Driver {
			return stan.New(stan.Config{Servers: []string{"nats://" + addr}, ClusterID: "ticketing", ClientName: "suite"})
		},
		Small: func(dir string) (bustest.Broker, bus.Driver, error) {
			server, err := stanserver.Start(stanserver.Config{Dir: dir, MaxBytes: 64 << 10})
			if err != nil {
				return nil, nil, err
			}
			return server, opened{stan.Config{Servers: []string{"nats://" + server.Addr()}, ClusterID: "ticketing", ClientName: "small", Monitor: server.Monitor()}}, nil
		},
	})
}
