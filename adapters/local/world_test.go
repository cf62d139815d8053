package local

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/gittix/ticketing/adapters/chaos/audit"
	"github.com/gittix/ticketing/adapters/chaos/shopper"
	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/embedded/stripeserver"
	"github.com/gittix/ticketing/shared/session"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const (
	patience  = 30 * time.Second // for whatever events bring about
	jwtSecret = "of these tests, and of nothing else"
)

// world is a system under test, and what a test may see of it.
type world struct {
	*System
	db        map[string]*pgxpool.Pool // by service
	keys      session.Keys
	transport *http.Transport
	lastUser  atomic.Int32
}

// start runs a system on the tests' PostgreSQL and otherwise embedded backends, unless values say otherwise.
func start(t *testing.T, values config.Values) *world {
	t.Helper()
	settings := config.Values{
		"PORT": "0", "DATA_DIR": t.TempDir(), "DATABASE_URL": database(t), "JWT_SECRET": jwtSecret,
		"BUS_ACK_WAIT": "2s", // an event that was refused comes again after that long
	}
	maps.Copy(settings, values)
	s, err := Start(t.Context(), settings.With(values), slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError})))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{System: s, db: map[string]*pgxpool.Pool{}, transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	w.keys = session.Keys{Secret: []byte(jwtSecret)}
	w.lastUser.Store(1_000_000) // far from those who sign up
	t.Cleanup(func() {
		for _, pool := range w.db {
			pool.Close()
		}
		w.transport.CloseIdleConnections()
		if err := s.Stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	for _, def := range functions.Services() {
		if def.Uses("DATABASE_URL") {
			w.db[def.Name] = w.open(t, def.Name)
		}
	}
	w.eventually(t, s.host.Ready)
	return w
}

// database returns the URL of an empty database. PostgreSQL cuts names at 63 characters, and the services'
// names are yet to be added, so it is not the test's own.
func database(t *testing.T) string {
	t.Helper()
	address := pgtest.Database(t)
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	name := "e2e_" + strings.ToLower(rand.Text()[:12])
	if _, err := conn.Exec(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		for _, suffix := range []string{"", "_auth", "_tickets", "_orders", "_payments"} {
			if _, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+name+suffix+" WITH (FORCE)"); err != nil {
				t.Error(err)
			}
		}
		if err := conn.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal("not a URL") // the error would show its password
	}
	query := u.Query()
	query.Set("pool_max_conns", "8")
	u.RawQuery = query.Encode()
	return withDatabase(u, name)
}

func (w *world) open(t *testing.T, service string) *pgxpool.Pool {
	t.Helper()
	address, err := w.backends.database(t.Context(), service)
	if err != nil {
		t.Fatal(err)
	}
	settings, err := pgxpool.ParseConfig(address)
	if err != nil {
		t.Fatal("not a URL")
	}
	settings.MaxConns = 2
	pool, err := pgxpool.NewWithConfig(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	return pool
}

// eventually waits until ready returns nil.
func (w *world) eventually(t *testing.T, ready func(context.Context) error) {
	t.Helper()
	if err := shopper.Await(t.Context(), patience, ready); err != nil {
		t.Fatal(err)
	}
}

// shopper returns somebody with a session.
func (w *world) shopper(t *testing.T) *shopper.Shopper {
	t.Helper()
	s := w.stranger(t)
	if err := s.Believed(w.keys, w.lastUser.Add(1)); err != nil {
		t.Fatal(err)
	}
	return s
}

// stranger returns somebody without one.
func (w *world) stranger(t *testing.T) *shopper.Shopper {
	t.Helper()
	s, err := shopper.New(w.URL(), w.transport)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ledger is what the sandbox's accountant sees.
func (w *world) ledger() stripeserver.Ledger {
	sandbox, ok := w.backends.sandbox.(*stripeserver.Sandbox)
	if !ok {
		return stripeserver.Ledger{}
	}
	return sandbox.Ledger()
}

// audited waits until the system is at rest with all invariants in place.
func (w *world) audited(t *testing.T) {
	t.Helper()
	w.eventually(t, audit.Books{
		Tickets: w.db["tickets"], Orders: w.db["orders"], Payments: w.db["payments"], Ledger: w.ledger,
	}.Check)
}

// ask returns the one value that a query finds in a service's database.
func ask[T any](ctx context.Context, w *world, service, sql string, args ...any) (v T, err error) {
	if err = w.db[service].QueryRow(ctx, sql, args...).Scan(&v); err != nil {
		err = fmt.Errorf("%s: %w", sql, err)
	}
	return v, err
}
