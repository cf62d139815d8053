package local_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
)

// until waits for a moment.
func until(t *testing.T, moment time.Time) {
	t.Helper()
	ctx, cancel := context.WithDeadline(t.Context(), moment)
	defer cancel()
	<-ctx.Done()
}

// TestGrace: who pays in the last second, and does the second step when the time is up, has the ticket.
func TestGrace(t *testing.T) {
	t.Parallel()
	for name, newBus := range systemtest.Buses {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := systemtest.Local(t, newBus, config.Values{"EXPIRATION_ORDER_MINUTES": "0.1"})
			buyer, hasty := s.User(t), s.User(t)
			plain, order := s.Reserve(t, hasty, "20"), s.Reserve(t, buyer, "42.50")
			until(t, order.ExpiresAt.Add(-time.Second))
			s.Pay(t, hasty, plain.ID, "tok_visa")
			receipt := s.Pay(t, buyer, order.ID, "tok_threeDSecure2Required")
			kept := s.AwaitOrder(t, buyer, order.ID, func(o event.Order) bool { return o.HeldUntil != nil })
			if kept.Status != event.OrderIsCreated || kept.HeldUntil.Before(order.ExpiresAt.Add(30*time.Second)) {
				t.Errorf("kept: %+v", kept)
			}
			if err := s.Authenticate(t.Context(), receipt, "succeed"); err != nil {
				t.Fatal(err)
			}
			s.AwaitOrder(t, buyer, order.ID, systemtest.Complete)
			s.AwaitOrder(t, hasty, plain.ID, systemtest.Complete)
			s.AwaitRest(t)
			chargedOnce(t, s, order, 4250)
			chargedOnce(t, s, plain, 2000)
		})
	}
}

// TestGraceOfAnOutage: orders that were paid in time are complete, though their service had no database until long after their time.
// Those that were not paid end.
func TestGraceOfAnOutage(t *testing.T) {
	t.Parallel()
	for name, newBus := range systemtest.Buses {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := systemtest.Local(t, newBus, config.Values{"EXPIRATION_ORDER_MINUTES": "0.25", "EXPIRATION_PAYMENT_GRACE": "8s", "LOG_LEVEL": "ERROR+1"})
			const buyers = 6
			users, orders := make([]*systemtest.User, buyers), make([]event.Order, buyers)
			for i := range users {
				users[i] = s.User(t)
				orders[i] = s.Reserve(t, users[i], "42.50")
			}
			unpaid := s.Reserve(t, users[0], "5")
			s.AwaitSound(t) // payments has its copies
			back := takeAway(t, s, "orders")
			var all errgroup.Group
			for i, o := range orders {
				all.Go(func() error { _, err := users[i].Pay(t.Context(), o.ID, "tok_visa"); return err })
			}
			if err := all.Wait(); err != nil {
				t.Fatal(err)
			}
			until(t, unpaid.ExpiresAt.Add(6*time.Second))
			back()
			for i, o := range orders {
				if ended := s.AwaitOrder(t, users[i], o.ID, func(o event.Order) bool { return o.Status != event.OrderIsCreated }); !systemtest.Complete(ended) {
					t.Errorf("%+v", ended)
				}
			}
			s.AwaitRest(t)
		})
	}
}

// TestRedisLostEverything: an unpaid order is cancelled, and its ticket is free again, though Redis has forgotten its time.
func TestRedisLostEverything(t *testing.T) {
	t.Parallel()
	s := systemtest.Local(t, systemtest.Buses["JetStream"], config.Values{"EXPIRATION_ORDER_MINUTES": "0.1"})
	buyer := s.User(t)
	order := s.Reserve(t, buyer, "20")
	s.AwaitSound(t) // Redis has its time
	options, err := redis.ParseURL(s.Redis.URL())
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	if err := errors.Join(client.FlushAll(t.Context()).Err(), client.Close()); err != nil {
		t.Fatal(err)
	}
	ended := s.AwaitOrder(t, buyer, order.ID, systemtest.Cancelled)
	t.Logf("cancelled %v after its time", ended.UpdatedAt.Sub(order.ExpiresAt.Time))
	s.AwaitRest(t)
}

// takeAway makes a service's database unavailable until what it returns is called.
func takeAway(t *testing.T, s *systemtest.System, service string) (back func()) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.Postgres.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	do := func(sql string) {
		if _, err := conn.Exec(context.Background(), sql); err != nil {
			t.Error(err)
		}
	}
	do(`ALTER DATABASE postgres_` + service + ` ALLOW_CONNECTIONS false`)
	do(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'postgres_` + service + `'`)
	return func() {
		do(`ALTER DATABASE postgres_` + service + ` ALLOW_CONNECTIONS true`)
		if err := conn.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}
}
