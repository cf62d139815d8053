package lambda

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gittix/ticketing/functions/tickets"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// TestThaw: connections that died while the environment was frozen fail no request, whether the database closed them or
// something on the way forgot them.
func TestThaw(t *testing.T) {
	t.Parallel()
	for name, die := range map[string]func(*network, *testing.T){"closed": (*network).closedByDatabase, "silent": (*network).forget} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNetwork(t, pgtest.Database(t))
			a, err := Open(tickets.New, functiontest.EventKeys().With(config.Values{"DATABASE_URL": n.url, "JWT_SECRET": functiontest.Secret, "ATTACHMENT_KEY": functiontest.Secret}), AWS{}, io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(a.Stop)
			if err := a.service.Start(t.Context()); err != nil { // migrations, which a deploy runs
				t.Fatal(err)
			}
			for _, when := range []string{"at first", "on the same connection", "after the thaw"} {
				before := n.dialed.Load()
				if when == "after the thaw" {
					die(n, t)
					<-time.After(1100 * time.Millisecond) // a freeze: pgx asks no connection that rested for less than a second
				}
				if answer := invoke(t, a, `{"path":"/api/tickets","httpMethod":"GET"}`); answer.Status != http.StatusOK {
					t.Errorf("%s: answered %d", when, answer.Status)
				}
				if isNew := n.dialed.Load() > before; isNew != (when == "after the thaw") && when != "at first" {
					t.Errorf("%s: a new connection: %v", when, isNew)
				}
			}
		})
	}
}

// network is between a Lambda and its database.
type network struct {
	url, database string // of the database, through the network and without it
	dialed        atomic.Int64
	forgotten     atomic.Pointer[atomic.Bool] // whether the connections made since the last forget are
}

func newNetwork(t *testing.T, database string) *network {
	t.Helper()
	c, err := pgx.ParseConfig(database)
	if err != nil {
		t.Fatal(err)
	}
	kind, address := pgconn.NetworkAddress(c.Host, c.Port)
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	through, err := url.Parse(database)
	if err != nil {
		t.Fatal("the database's URL is none")
	}
	query := through.Query()
	query.Del("host") // a socket's folder
	query.Set("sslmode", "disable")
	through.Host, through.RawQuery = l.Addr().String(), query.Encode()
	n := &network{url: through.String(), database: database}
	n.forgotten.Store(new(atomic.Bool))
	go func() { // until l is closed
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial(kind, address)
			if err != nil {
				_ = near.Close()
				continue
			}
			n.dialed.Add(1)
			forgotten := n.forgotten.Load()
			go carry(near, far, forgotten) // until either end closes, as it does with the adapter
			go carry(far, near, forgotten)
		}
	}()
	return n
}

func carry(to, from net.Conn, forgotten *atomic.Bool) {
	_, _ = io.Copy(lossy{to, forgotten}, from) // that it ended is all there is to know
	_, _ = to.Close(), from.Close()
}

// lossy loses what is written to a connection that was forgotten.
type lossy struct {
	io.Writer
	forgotten *atomic.Bool
}

func (l lossy) Write(b []byte) (int, error) {
	if l.forgotten.Load() {
		return len(b), nil
	}
	return l.Writer.Write(b)
}

// forget lets nothing through the connections that there are; new ones work.
func (n *network) forget(*testing.T) { n.forgotten.Swap(new(atomic.Bool)).Store(true) }

func (n *network) closedByDatabase(t *testing.T) {
	conn, err := pgx.Connect(t.Context(), n.database)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context()) //nolint:errcheck // the test ends
	if _, err := conn.Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"); err != nil {
		t.Fatal(err)
	}
}

// TestFewConnections: an environment never takes more than two, unless a setting says so.
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
