// Package pgtest gives every test an empty PostgreSQL database of its own.
//
// A test process starts at most one server, when the first test asks for a
// database, and Main stops it and removes its data. With TEST_POSTGRES_URL set
// (a superuser's, or that of a role that may create databases), the server
// there is used instead and none is started.
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
//
//	func TestTicket(t *testing.T) {
//		pool, err := pgxpool.New(t.Context(), pgtest.Database(t))
package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/embedded/pgserver"
)

// dropLimit bounds the removal of a test's database and the end of a server.
const dropLimit = 30 * time.Second

// Main runs the tests and ends the process with their exit code. It is all
// that TestMain does.
func Main(m *testing.M) {
	own.begin()
	code := m.Run()
	if err := own.end(); err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// Database creates an empty database and returns its URL. When the test ends
// it is dropped, even if connections to it are still open.
func Database(t testing.TB) string {
	t.Helper()
	server, err := own.url(t.Context())
	if err != nil {
		t.Fatal("pgtest: ", err)
	}
	name := databaseName(t.Name())
	quoted := pgx.Identifier{name}.Sanitize()
	if err := create(t.Context(), server, quoted); err != nil {
		t.Fatal("pgtest: ", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), dropLimit)
		defer cancel()
		if err := execute(ctx, server, "DROP DATABASE "+quoted+" WITH (FORCE)"); err != nil {
			t.Error("pgtest: ", err)
		}
	})
	address, err := url.Parse(server)
	if err != nil {
		t.Fatal("pgtest: TEST_POSTGRES_URL is not a URL") // the error would show its password
	}
	address.Path = "/" + name
	return address.String()
}

// Server starts a server for this test alone, which may stop and restart it.
// It takes about a second; use Database where that will do.
func Server(t testing.TB) *pgserver.Server {
	t.Helper()
	return start(t, pgserver.Config{Dir: t.TempDir()})
}

// Durable starts a server for this test alone that syncs to disk, as those of users do: for what is measured.
func Durable(t testing.TB) *pgserver.Server {
	t.Helper()
	return start(t, pgserver.Config{Dir: t.TempDir(), Durable: true})
}

func start(t testing.TB, config pgserver.Config) *pgserver.Server {
	t.Helper()
	server, err := pgserver.Start(t.Context(), config)
	if err != nil {
		t.Fatal("pgtest: ", err)
	}
	stopAfter(t, server)
	return server
}

func stopAfter(t testing.TB, server *pgserver.Server) {
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), dropLimit)
		defer cancel()
		if err := server.Stop(ctx); err != nil {
			t.Error("pgtest: ", err)
		}
	})
}

// databaseName names the test that made it, and is unique on the server:
// PostgreSQL keeps 63 characters.
func databaseName(test string) string {
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToLower(test))
	return "test_" + plain[:min(len(plain), 32)] + "_" + strings.ToLower(rand.Text())
}

// create copies template0's files, which is twice as quick here as writing
// them through the log (PostgreSQL 15's default; older ones always copy).
func create(ctx context.Context, server, quoted string) error {
	statement := "CREATE DATABASE " + quoted + " TEMPLATE template0"
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	var version int
	err = conn.QueryRow(ctx, "SELECT current_setting('server_version_num')::int").Scan(&version)
	if err == nil {
		if version >= 150000 {
			statement += " STRATEGY file_copy"
		}
		_, err = conn.Exec(ctx, statement)
	}
	return errors.Join(err, conn.Close(ctx))
}

func execute(ctx context.Context, server, statement string) error {
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}
