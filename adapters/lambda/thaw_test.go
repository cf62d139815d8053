package lambda

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/functions/tickets"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// TestThaw: connections that died while the environment was frozen fail no request, whether the database said
// goodbye or something on the way forgot them.
func TestThaw(t *testing.T) {
	t.Parallel()
	for name, die := range map[string]func(*line){"closed": (*line).hangUp, "silent": (*line).fallSilent} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := pgtest.Database(t)
			migrate(t, tickets.New, config.Values{"DATABASE_URL": database, "JWT_SECRET": functiontest.Secret})
			wire := newLine(t, database)
			a, err := Open(tickets.New, config.Values{"DATABASE_URL": wire.url, "JWT_SECRET": functiontest.Secret}, io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(a.Stop)
			ask := func() int {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				data, err := a.Invoke(ctx, []byte(`{"path":"/api/tickets","httpMethod":"GET"}`))
				if err != nil {
					t.Fatal(err)
				}
				answer, err := answered(data)
				if err != nil {
					t.Fatal(err)
				}
				return answer.Status
			}
			if status := ask(); status != http.StatusOK || wire.calls.Load() != 1 {
				t.Fatalf("answered %d after %d connections", status, wire.calls.Load())
			}
			if status := ask(); status != http.StatusOK || wire.calls.Load() != 1 {
				t.Fatalf("answered %d: the connection was not kept: %d", status, wire.calls.Load())
			}
			die(wire)
			<-time.After(1100 * time.Millisecond) // a freeze: pgx asks no connection that rested for less than a second
			if status := ask(); status != http.StatusOK {
				t.Errorf("answered %d after the thaw", status)
			}
			if wire.calls.Load() < 2 { // pgx also calls the server to cancel what it gave up
				t.Error("the test has killed nothing")
			}
		})
	}
}

// TestFewConnections: an environment never takes more than two, unless it is told to.
func TestFewConnections(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"postgres://u:p@h/db":                                         "postgres://u:p@h/db?pool_max_conns=2&pool_ping_timeout=1s",
		"postgres://u:p%40@h/db?sslmode=require":                      "postgres://u:p%40@h/db?pool_max_conns=2&pool_ping_timeout=1s&sslmode=require",
		"postgres://u:p@h/db?pool_max_conns=1&pool_ping_timeout=50ms": "postgres://u:p@h/db?pool_max_conns=1&pool_ping_timeout=50ms",
		"host=h dbname=db":                                            "host=h dbname=db",
		"":                                                            "",
	} {
		if got := thrifty(config.Values{"DATABASE_URL": given})["DATABASE_URL"]; got != want {
			t.Errorf("%s became %s, want %s", given, got, want)
		}
	}
	if got := thrifty(config.Values{"REDIS_URL": "rediss://h:6379/1"})["REDIS_URL"]; got != "rediss://h:6379/1?conn_max_idle_time=1m&pool_size=2" {
		t.Error(got)
	}
}

// migrate does what a deploy does.
func migrate(t testing.TB, build function.New, values config.Values) {
	t.Helper()
	s, err := build(values)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// line is what lies between a Lambda and its database.
type line struct {
	url     string // of the database, at the far end
	listen  net.Listener
	calls   atomic.Int64
	dead    atomic.Pointer[atomic.Bool] // of the connections made since it was exchanged
	mu      sync.Mutex
	open    []net.Conn
	copying sync.WaitGroup
}

func newLine(t *testing.T, database string) *line {
	t.Helper()
	cfg, err := pgx.ParseConfig(database)
	if err != nil {
		t.Fatal(err)
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &line{listen: l}
	n.dead.Store(new(atomic.Bool))
	far := pgxAddress(cfg)
	n.copying.Go(func() { n.accept(far[0], far[1]) })
	t.Cleanup(func() {
		_ = l.Close() // accept ends with it
		n.hangUp()
		n.copying.Wait()
	})
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal("the database's URL is none")
	}
	query := u.Query()
	query.Del("host") // a socket's folder
	query.Set("sslmode", "disable")
	u.Host, u.RawQuery = l.Addr().String(), query.Encode()
	n.url = u.String()
	return n
}

func pgxAddress(cfg *pgx.ConnConfig) [2]string {
	if cfg.Host != "" && cfg.Host[0] == '/' {
		return [2]string{"unix", cfg.Host + "/.s.PGSQL." + fmt.Sprint(cfg.Port)}
	}
	return [2]string{"tcp", net.JoinHostPort(cfg.Host, fmt.Sprint(cfg.Port))}
}

func (n *line) accept(network, address string) {
	for {
		near, err := n.listen.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial(network, address)
		if err != nil {
			_ = near.Close() // as if nobody were there
			continue
		}
		n.calls.Add(1)
		dead := n.dead.Load()
		n.mu.Lock()
		n.open = append(n.open, near, far)
		n.mu.Unlock()
		n.copying.Go(func() { pipe(far, near, dead) })
		n.copying.Go(func() { pipe(near, far, dead) })
	}
}

// pipe swallows everything once the connection is dead.
func pipe(to, from net.Conn, dead *atomic.Bool) {
	buffer := make([]byte, 1<<14)
	for {
		n, err := from.Read(buffer)
		if !dead.Load() {
			_, _ = to.Write(buffer[:n]) // the other end is closed: the next read ends it
		}
		if err != nil {
			_ = to.Close()
			return
		}
	}
}

// hangUp closes the connections that there are.
func (n *line) hangUp() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.open {
		_ = c.Close() // it may be closed already
	}
	n.open = nil
}

// fallSilent lets nothing through the connections that there are; new ones work.
func (n *line) fallSilent() { n.dead.Swap(new(atomic.Bool)).Store(true) }
