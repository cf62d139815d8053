package redisserver

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	client "github.com/redis/go-redis/v9"

	"github.com/gittix/ticketing/shared/embedded/program"
)

// engines are the ways to run: with the installed redis-server and without.
func engines(t *testing.T) map[string]string {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Log("redis-server is not installed: miniredis only")
		return map[string]string{"miniredis": ""}
	}
	return map[string]string{"redis-server": path, "miniredis": ""}
}

func TestDataOutlivesRestart(t *testing.T) {
	t.Parallel()
	for name, path := range engines(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := start(t, Config{Dir: t.TempDir()}, path)
			if server.Real() != (path != "") {
				t.Errorf("Real() = %v", server.Real())
			}
			before := server.URL()
			c := connect(t, before)
			if err := c.ZAdd(t.Context(), "due", client.Z{Score: 7, Member: "order"}).Err(); err != nil {
				t.Fatal(err)
			}
			if err := server.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
			stop(t, server)
			stop(t, server) // does nothing
			if err := c.Ping(t.Context()).Err(); err == nil {
				t.Error("a stopped server answers")
			}
			if err := server.Restart(t.Context()); err != nil { // a stopped one starts
				t.Fatal(err)
			}
			if server.URL() != before {
				t.Error("the URL changed over a restart")
			}
			if got := connect(t, before).ZScore(t.Context(), "due", "order").Val(); got != 7 {
				t.Errorf("kept %v, want 7", got)
			}
		})
	}
}

func TestStrangersStayOut(t *testing.T) {
	t.Parallel()
	for name, path := range engines(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			server := start(t, Config{Dir: dir}, path)
			options, err := client.ParseURL(server.URL())
			if err != nil {
				t.Fatal(err)
			}
			if host, _, err := net.SplitHostPort(options.Addr); err != nil || host != "127.0.0.1" {
				t.Errorf("address %s, %v", options.Addr, err)
			}
			for _, password := range []string{"", "guess"} {
				stranger := client.NewClient(&client.Options{Addr: options.Addr, Password: password, MaxRetries: -1})
				if err := stranger.Set(t.Context(), "k", "v", 0).Err(); err == nil {
					t.Errorf("password %q lets in", password)
				}
				if err := stranger.Close(); err != nil {
					t.Error(err)
				}
			}
			info, err := os.Stat(filepath.Join(dir, "password"))
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("password file: mode %v, %v; want 0600", info.Mode(), err)
			}
		})
	}
}

func TestRedisRefusesRatherThanForgets(t *testing.T) {
	t.Parallel()
	path, real := engines(t)["redis-server"]
	if !real {
		t.Skip("miniredis has no configuration")
	}
	c := connect(t, start(t, Config{Dir: t.TempDir()}, path).URL())
	for key, want := range map[string]string{
		"maxmemory-policy": "noeviction", "appendonly": "yes", "appendfsync": "everysec", "save": "", "bind": "127.0.0.1",
	} {
		if got := c.ConfigGet(t.Context(), key).Val()[key]; got != want {
			t.Errorf("%s = %q, want %q", key, got, want)
		}
	}
}

func TestMiniredisTimePasses(t *testing.T) {
	t.Parallel()
	c := connect(t, start(t, Config{Dir: t.TempDir()}, "").URL())
	if err := c.Set(t.Context(), "soon", "gone", time.Millisecond).Err(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for c.Exists(ctx, "soon").Val() == 1 {
		if ctx.Err() != nil {
			t.Fatal("a key outlives its time")
		}
	}
}

func TestOneServerPerDir(t *testing.T) {
	t.Parallel()
	path, real := engines(t)["redis-server"]
	if !real {
		t.Skip("miniredis keeps nothing in Dir")
	}
	dir := t.TempDir()
	server := start(t, Config{Dir: dir}, path)
	if _, err := startWith(t.Context(), Config{Dir: dir}, path); !errors.Is(err, program.ErrInUse) {
		t.Errorf("second start: %v, want ErrInUse", err)
	}
	if err := connect(t, server.URL()).Ping(t.Context()).Err(); err != nil {
		t.Error("the first server was harmed:", err)
	}
}

func TestStartThatFailsSaysWhy(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := taken.Close(); err != nil {
			t.Error(err)
		}
	})
	port := taken.Addr().(*net.TCPAddr).Port
	for name, path := range engines(t) {
		_, err := startWith(t.Context(), Config{Dir: t.TempDir(), Port: port}, path)
		if err == nil || !strings.Contains(strings.ToLower(err.Error()), "address already in use") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func start(t *testing.T, cfg Config, path string) *Server {
	t.Helper()
	cfg.Logger = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
	server, err := startWith(t.Context(), cfg, path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, server) })
	return server
}

func stop(t *testing.T, server *Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := server.Stop(ctx); err != nil {
		t.Error(err)
	}
}

func connect(t *testing.T, url string) *client.Client {
	t.Helper()
	options, err := client.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	options.MaxRetries = -1
	c := client.NewClient(options)
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}
