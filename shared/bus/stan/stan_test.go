package stan_test

import (
	"testing"

	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/bus/bustest"
	"github.com/gittix/ticketing/shared/bus/stan"
	"github.com/gittix/ticketing/shared/embedded/stanserver"
)

func TestStan(t *testing.T) {
	bustest.Run(t, bustest.Harness{
		Start: func(dir string, port int) (bustest.Broker, error) {
			return stanserver.Start(stanserver.Config{Dir: dir, Port: port})
		},
		Driver: func(addr string) bus.Driver {
			return stan.New(stan.Config{Servers: []string{"nats://" + addr}, ClusterID: "ticketing", ClientName: "suite"})
		},
	})
}
