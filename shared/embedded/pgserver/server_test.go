package pgserver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/embedded/program"
	"github.com/gittix/ticketing/shared/embedded/program/programtest"
)

// childDir makes this test binary a process that runs a server there until it is killed.
const childDir = "PGSERVER_TEST_CHILD_DIR"

func TestMain(m *testing.M) {
	dir := os.Getenv(childDir)
	if dir == "" {
		os.Exit(m.Run())
	}
	server, err := Start(context.Background(), Config{Dir: dir, Durable: true})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(server.URL("postgres"))
	select {}
}

func TestServer(t *testing.T) {
	t.Parallel()
	for _, durable := range []bool{false, true} {
		programtest.Server{
			Start: func(ctx context.Context, dir string, port int, log *slog.Logger) (*program.Server, func() string, error) {
				s, err := Start(ctx, Config{Dir: dir, Port: port, Durable: durable, Logger: log})
				if err != nil {
					return nil, nil, err
				}
				return s.Server, func() string { return s.URL("postgres") }, nil
			},
			Put: func(ctx context.Context, url string) error {
				_, err := ask(ctx, url, "CREATE TABLE kept AS SELECT 7 AS n")
				return err
			},
			Has: func(ctx context.Context, url string) bool {
				kept, err := ask(ctx, url, "SELECT n::text FROM kept")
				return err == nil && kept == "7"
			},
		}.Run(t)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	parent := filepath.Join(t.TempDir(), "private") // only root and the owner can enter it
	if err := os.Mkdir(parent, 0o700); err != nil {
		t.Fatal(err)
	}
	for fsync, durable := range map[string]bool{"on": true, "off": false} {
		s := start(t, Config{Dir: filepath.Join(parent, fsync), Durable: durable})
		for range 2 { // the second time it exists
			if err := s.CreateDatabase(t.Context(), `my "tickets"`); err != nil {
				t.Fatal(err)
			}
		}
		for setting, want := range map[string]string{
			"fsync": fsync, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "password_encryption": "scram-sha-256",
		} {
			if got, err := ask(t.Context(), s.URL(`my "tickets"`), "SHOW "+setting); err != nil || got != want {
				t.Errorf("%s = %q, want %q (%v)", setting, got, want, err)
			}
		}
	}
}

func TestDataOutlivesAKilledOwner(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	owner := exec.CommandContext(t.Context(), os.Args[0])
	owner.Env = append(os.Environ(), childDir+"="+dir)
	owner.Stderr = os.Stderr
	stdout, err := owner.StdoutPipe()
	if err := errors.Join(err, owner.Start()); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	orphan := strings.TrimSpace(line)
	_, err2 := ask(t.Context(), orphan, "CREATE TABLE kept AS SELECT 7 AS n")
	if err := errors.Join(err, err2, owner.Process.Kill()); err != nil {
		t.Fatal(err)
	}
	if err := owner.Wait(); err == nil {
		t.Fatal("the owner was not killed")
	}
	heir := start(t, Config{Dir: dir, Durable: true}) // the orphan may still be shutting down
	if got, err := ask(t.Context(), heir.URL("postgres"), "SELECT n::text FROM kept"); got != "7" {
		t.Errorf("kept %q, want 7 (%v)", got, err)
	}
	if _, err := ask(t.Context(), orphan, "SELECT ''"); err == nil && orphan != heir.URL("postgres") {
		t.Error("the killed owner's server still answers")
	}
}

func TestDataOfAnotherVersion(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	err := errors.Join(os.Mkdir(filepath.Join(dir, "cluster"), 0o700), os.WriteFile(filepath.Join(dir, "cluster", "PG_VERSION"), []byte("7\n"), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), Config{Dir: dir}); err == nil || !strings.Contains(err.Error(), "made by PostgreSQL 7") {
		t.Errorf("data of another version: %v", err)
	}
}

func TestStalePid(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text  string
		ended int
		stays bool
	}{
		"of the server that ended":  {"41\n/data\n", 41, false},
		"of another server":         {"42\n/data\n", 41, true},
		"no server is known":        {"42\n/data\n", 0, true},
		"half written":              {"", 41, true},
		"not a process id":          {"what\n", 0, true},
		"of a server with that end": {"141\n/data\n", 41, true},
	} {
		cluster := t.TempDir()
		path := filepath.Join(cluster, "postmaster.pid")
		if err := errors.Join(removeStalePid(cluster, 41), os.WriteFile(path, []byte(c.text), 0o600), removeStalePid(cluster, c.ended)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) == c.stays {
			t.Errorf("%s: stays = %v, want %v", name, !c.stays, c.stays)
		}
	}
}

func TestDownloadThatFails(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	empty := httptest.NewServer(http.NotFoundHandler())
	defer empty.Close()
	if _, err := download(t.Context(), empty.URL, slog.New(slog.DiscardHandler)); !errors.Is(err, ErrNotInstalled) {
		t.Errorf("download: %v, want ErrNotInstalled", err)
	}
}

func start(t *testing.T, cfg Config) *Server {
	t.Helper()
	cfg.Logger = programtest.Log(t)
	s, err := Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { programtest.Stop(t, s.Server) })
	return s
}

// ask returns the text that a statement gives, "" when it gives none.
func ask(ctx context.Context, url, sql string) (text string, err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return "", err
	}
	err = conn.QueryRow(ctx, sql).Scan(&text)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return text, errors.Join(err, conn.Close(ctx))
}
