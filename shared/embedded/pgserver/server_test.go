package pgserver_test

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gittix/ticketing/shared/embedded/pgserver"
	"github.com/gittix/ticketing/shared/embedded/program"
)

func TestDataOutlivesStop(t *testing.T) {
	t.Parallel()
	for _, durable := range []bool{false, true} {
		dir := t.TempDir()
		first := start(t, pgserver.Config{Dir: dir, Durable: durable})
		for range 2 { // the second time it exists
			if err := first.CreateDatabase(t.Context(), `my "tickets"`); err != nil {
				t.Fatal(err)
			}
		}
		query(t, first.URL(`my "tickets"`), "CREATE TABLE kept AS SELECT 7 AS n")
		stop(t, first)
		stop(t, first) // does nothing

		second := start(t, pgserver.Config{Dir: dir, Durable: durable})
		if got := query(t, second.URL(`my "tickets"`), "SELECT n::text FROM kept"); got != "7" {
			t.Errorf("durable %v: kept %q, want 7", durable, got)
		}
		want := map[bool]string{true: "on", false: "off"}[durable]
		if got := query(t, second.URL("postgres"), "SHOW fsync"); got != want {
			t.Errorf("durable %v: fsync is %s", durable, got)
		}
		stop(t, second)
	}
}

func TestStrangersStayOut(t *testing.T) {
	t.Parallel()
	// Nobody but root and the owner can enter the parent of Dir.
	parent := filepath.Join(t.TempDir(), "private")
	if err := os.Mkdir(parent, 0o700); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(parent, "pg")
	server := start(t, pgserver.Config{Dir: dir})

	for setting, want := range map[string]string{
		"listen_addresses":        "127.0.0.1",
		"unix_socket_directories": "",
		"password_encryption":     "scram-sha-256",
	} {
		if got := query(t, server.URL("postgres"), "SHOW "+setting); got != want {
			t.Errorf("%s = %q, want %q", setting, got, want)
		}
	}
	info, err := os.Stat(filepath.Join(dir, "password"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("password file: mode %v, %v; want 0600", info.Mode(), err)
	}
	for _, user := range []*url.Userinfo{url.User("postgres"), url.UserPassword("postgres", "postgres")} {
		stranger, err := url.Parse(server.URL("postgres"))
		if err != nil {
			t.Fatal(err)
		}
		stranger.User = user
		_, err = pgx.Connect(t.Context(), stranger.String())
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.Code != "28P01" {
			t.Errorf("without the password: %v, want 28P01", err)
		}
	}
}

func TestOneServerPerDir(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server := start(t, pgserver.Config{Dir: dir})
	if _, err := pgserver.Start(t.Context(), pgserver.Config{Dir: dir}); !errors.Is(err, program.ErrInUse) {
		t.Errorf("second start: %v, want ErrInUse", err)
	}
	if got := query(t, server.URL("postgres"), "SELECT 'unharmed'"); got != "unharmed" {
		t.Errorf("the first server answers %q", got)
	}
}

func TestRestartKeepsURLAndData(t *testing.T) {
	t.Parallel()
	server := start(t, pgserver.Config{Dir: t.TempDir()})
	before := server.URL("postgres")
	conn, err := pgx.Connect(t.Context(), before)
	if err != nil {
		t.Fatal(err)
	}
	query(t, before, "CREATE TABLE kept AS SELECT 7 AS n")
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := conn.Ping(t.Context()); err == nil {
		t.Error("an old connection outlived the restart")
	}
	stop(t, server)
	if err := server.Restart(t.Context()); err != nil { // a stopped one starts
		t.Fatal(err)
	}
	if after := server.URL("postgres"); after != before {
		t.Error("the URL changed over a restart")
	}
	if got := query(t, before, "SELECT n::text FROM kept"); got != "7" {
		t.Errorf("kept %q, want 7", got)
	}
}

func TestMissingPrograms(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "cluster"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "cluster", "PG_VERSION"), []byte("7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := pgserver.Start(t.Context(), pgserver.Config{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), "made by PostgreSQL 7") {
		t.Errorf("data of another version: %v", err)
	}
}

// start runs a server that the end of the test stops.
func start(t *testing.T, cfg pgserver.Config) *pgserver.Server {
	t.Helper()
	cfg.Logger = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
	server, err := pgserver.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, server) })
	return server
}

func stop(t *testing.T, server *pgserver.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := server.Stop(ctx); err != nil {
		t.Error(err)
	}
}

// query returns the single text that the statement gives, "" when it gives none.
func query(t *testing.T, url, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := conn.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	var text string
	err = conn.QueryRow(t.Context(), sql).Scan(&text)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		t.Fatalf("%s: %v", sql, err)
	}
	return text
}
