package chaos

import (
	"context"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// figures are how much is done to a system.
type figures struct {
	clients int
	kills   int           // of each service
	outage  time.Duration // of the bus
	orders  int           // whose lateness is measured
	late    time.Duration // that 99 of 100 orders may be cancelled after their time
}

// chosen returns the promised figures with CHAOS=full, else small ones.
func chosen() figures {
	if os.Getenv("CHAOS") == "full" {
		return figures{clients: 12, kills: 10, outage: time.Minute, orders: 200, late: 250 * time.Millisecond}
	}
	return figures{clients: 6, kills: 1, outage: 3 * time.Second, orders: 20, late: 5 * time.Second}
}

// TestChaos: processes and backends fail while clients trade; nothing that was confirmed to them is lost, and in
// the end every invariant holds.
func TestChaos(t *testing.T) {
	t.Parallel()
	programs, f := systemtest.Build(t), chosen()
	for name, newBus := range systemtest.Buses {
		t.Run("on "+name, func(t *testing.T) {
			t.Parallel()
			s := systemtest.StartProcesses(t, programs, newBus, config.Values{
				"EXPIRATION_ORDER_MINUTES": "0.05", "LOG_LEVEL": "ERROR+1", // 3 s; what is broken on purpose is not logged
			})
			// The slowest to heal: a payment that a crash left open is looked at after some 20 s, and a queue group of
			// NATS Streaming takes a while to give up a member.
			s.Timeout = 2 * time.Minute
			clients := s.StartClients(t, f.clients, systemtest.Trade)
			killServices(t, s, f.kills)
			takeBackendsAway(t, s, clients, f.outage)
			clients.Stop()
			s.AwaitRest(t)
			if err := clients.Check(t.Context()); err != nil {
				t.Error(err)
			}
			c := clients.Confirmed()
			t.Logf("confirmed: %+v; %d of %d requests failed", c, clients.Failures.Load(), clients.Requests.Load())
			if min(c.Accounts, c.Offered, c.Placed, c.Cancelled, c.Paid) == 0 {
				t.Error("too little was done to show anything")
			}
		})
	}
}

// killServices: any process may be killed at any moment, and another one goes on in its place.
func killServices(t *testing.T, s *systemtest.Processes, kills int) {
	t.Helper()
	for range kills {
		for _, i := range rand.Perm(len(s.Services)) {
			p := s.Services[i]
			pause(t, 200*time.Millisecond+rand.N(500*time.Millisecond)) // a random moment of the load
			if err := p.Kill(); err != nil {
				t.Fatal(err)
			}
			if err := p.Start(); err != nil {
				t.Fatal(err)
			}
			if err := p.Ready(t.Context(), s.Timeout); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// takeBackendsAway: while the bus is unavailable every request succeeds; when PostgreSQL or Redis fails the services recover
// by themselves. Orders whose deadlines Redis has lost expire all the same.
func takeBackendsAway(t *testing.T, s *systemtest.Processes, clients *systemtest.Clients, outage time.Duration) {
	t.Helper()
	pause(t, time.Second)
	before := clients.Failures.Load()
	s.Bus.Stop()
	pause(t, outage)
	if failed := clients.Failures.Load() - before; failed > 0 {
		t.Errorf("without the bus %d requests failed", failed)
	}
	if err := s.Bus.Start(); err != nil {
		t.Fatal(err)
	}
	s.AwaitServices(t)
	pause(t, time.Second)
	if err := s.Postgres.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.AwaitServices(t)
	pause(t, time.Second)
	flushRedis(t, s)
	pause(t, time.Second)
	for _, p := range s.Services {
		if err := p.Lives(); err != nil {
			t.Error(err)
		}
	}
}

func flushRedis(t *testing.T, s *systemtest.Processes) {
	t.Helper()
	options, err := redis.ParseURL(s.Redis.URL())
	if err != nil {
		t.Fatal("not a URL")
	}
	client := redis.NewClient(options)
	if err := client.FlushAll(t.Context()).Err(); err != nil {
		t.Error(err)
	}
	if err := client.Close(); err != nil {
		t.Error(err)
	}
}

// pause lets the clients work for a while.
func pause(t *testing.T, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	<-ctx.Done()
}
