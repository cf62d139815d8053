package chaos

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"github.com/gittix/ticketing/adapters/adaptertest"
	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgserver"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
)

// field is a system, and all of it that can be broken.
type field struct {
	*systemtest.System
	way, bus             string
	parts                []part
	t                    testing.TB
	random               *rand.Rand
	standby              *pgserver.Server // of Postgres, which it follows
	name                 *pgtest.Name     // that leads to Postgres
	pooler               string           // URL of pgbouncer's own database
	pooled               string           // the services that use it
	redis                *redis.Client
	toPostgres, toPooler link
	toBus, toRedis       link
	chosen               string // what the present fault has picked
}

// newField starts a system. About half of its services reach PostgreSQL by pgbouncer; the seed says which.
func newField(t *testing.T, w way, programs, bus string, random *rand.Rand) *field {
	t.Helper()
	front := systemtest.NewFront()
	primary, standby := pgtest.Pair(t)
	f := &field{t: t, way: w.name, bus: bus, random: random, standby: standby, name: pgtest.NewName(t, primary)}
	execute(t, primary.URL("postgres"), `ALTER ROLE ALL SET synchronous_commit = on`) // the servers of tests forget when they crash
	backends := systemtest.NewBackendsOn(t, primary, f.name.URL, systemtest.Brokers[bus], front.URL)
	f.redis = redisOf(t, backends)
	pooler := pgtest.Pooler(t, f.name.URL("pgbouncer"))
	f.pooler = pooler + "&default_query_exec_mode=simple_protocol"
	f.toPostgres, f.toPooler = newLink(t, f.name.URL("")), newLink(t, pooler)
	f.toBus, f.toRedis = newLink(t, backends.Bus.URL), newLink(t, backends.Redis.URL())
	var pooled []string
	f.System, f.parts = w.start(t, programs, backends, front, func(service string, own config.Values) config.Values {
		to := f.toPostgres
		if own["DATABASE_URL"] != "" && random.IntN(2) == 0 {
			pooled, to = append(pooled, service), f.toPooler
		}
		own = own.With(config.Values{
			"EXPIRATION_ORDER_MINUTES": "0.05", "EXPIRATION_PAYMENT_GRACE": "2s", "LOG_LEVEL": "ERROR+1", // 3 s; what is broken on purpose is not logged
		})
		for name, l := range map[string]link{"DATABASE_URL": to, "BUS_URL": f.toBus, "REDIS_URL": f.toRedis} {
			if own[name] != "" {
				own[name] = l.through(own[name])
			}
		}
		outboxes := strings.Fields(own["DISPATCH_OUTBOXES"])
		for i, outbox := range outboxes {
			name, address, _ := strings.Cut(outbox, "=")
			outboxes[i] = name + "=" + f.toPostgres.through(address)
		}
		own["DISPATCH_OUTBOXES"] = strings.Join(outboxes, " ")
		return own
	})
	// The slowest to heal: a payment whose outcome is unknown is asked for after some 20 s, and a queue group of NATS Streaming
	// takes a while to give up a member.
	f.Timeout = 2 * time.Minute
	f.pooled = cmp.Or(strings.Join(pooled, ", "), "none")
	return f
}

// redisOf is a client of the system's Redis.
func redisOf(t testing.TB, b *systemtest.Backends) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(b.Redis.URL())
	if err != nil {
		t.Fatal("not a URL")
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() }) // its server may be gone
	return client
}

// one picks a service, or the dispatcher.
func (f *field) one() part {
	p := f.parts[f.random.IntN(len(f.parts))]
	f.chosen = p.name
	return p
}

// execute runs a statement on a server of its own connection.
func execute(t testing.TB, url, sql string) {
	t.Helper()
	if err := run(t.Context(), url, sql); err != nil {
		t.Fatal(err)
	}
}

func run(ctx context.Context, url, sql string) error {
	db, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer db.Close(ctx) //nolint:errcheck // the server may have ended it
	_, err = db.Exec(ctx, sql)
	return err
}

// backend is the process id of one of the services' connections at PostgreSQL. While all of them sleep, it waits for the first.
func (f *field) backend() (pid int, err error) {
	db, err := pgx.Connect(f.t.Context(), f.Postgres.URL("postgres"))
	if err != nil {
		return 0, err
	}
	defer db.Close(f.t.Context()) //nolint:errcheck // it was only read from
	err = adaptertest.Await(f.t.Context(), f.Timeout, func(ctx context.Context) error {
		rows, err := db.Query(ctx, `SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY pid`)
		if err != nil {
			return err
		}
		all, err := pgx.CollectRows(rows, pgx.RowTo[int])
		if err == nil && len(all) == 0 {
			err = errors.New("no connections")
		}
		if err == nil {
			pid = all[f.random.IntN(len(all))]
		}
		return err
	})
	return pid, err
}

// failOver makes the standby the server, while the name leads to the old one until end.
func (f *field) failOver() (end func() error, err error) {
	if err := f.following(); err != nil {
		return nil, err
	}
	pgtest.SwitchOver(f.t, f.Postgres, f.standby)
	f.Postgres, f.standby = f.standby, f.Postgres
	return func() error {
		f.name.Point(f.Postgres)
		return run(f.t.Context(), f.pooler, "RECONNECT") // which is for the operator to do
	}, nil
}

// following waits until the standby has all that the server has.
func (f *field) following() error {
	db, err := pgx.Connect(f.t.Context(), f.Postgres.URL("postgres"))
	if err != nil {
		return err
	}
	defer db.Close(f.t.Context()) //nolint:errcheck // it was only read from
	for end := time.Now().Add(time.Minute); time.Now().Before(end); pause(f.t, 100*time.Millisecond) {
		var n int
		if err := db.QueryRow(f.t.Context(), `SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'`).Scan(&n); err != nil {
			return err
		}
		if n == 1 {
			return nil
		}
	}
	return fmt.Errorf("the standby does not follow")
}

// pause lets the clients work for a while.
func pause(t testing.TB, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	<-ctx.Done()
}
